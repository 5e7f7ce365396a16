"""Short requests that are answered in the middle of long ones.

A training worker does one thing after the other, and a training takes hours. Who wants to know what a model says of a
response is not to wait for that: whatever takes long looks here between two of its steps. Both models have to be in the
memory of the device at once for so long; where there is little left of it, what is asked waits for the end.
"""

import logging
from collections.abc import Callable
from time import monotonic

from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import KombuError, OperationalError
from redis import RedisError

from models_runtime.memory import is_roomy, release_memory

log = logging.getLogger(__name__)

ASKED = "training.asked"  # the queue; somebody waits for what is in it
PAUSE = 1.0  # seconds between two looks
OUTAGE_PAUSE = 30.0


class Asides:
    """One thread calls it, of a worker that takes no message of its queue meanwhile (`worker_disable_prefetch`)."""

    def __init__(self, app: Celery, answer: Callable[[object], None]) -> None:
        self._app, self._answer = app, answer
        self._queue = Queue(ASKED, Exchange(ASKED), routing_key=ASKED)
        self._next_look = 0.0

    def answer(self) -> None:
        """The next request, if there is one, if there is room, and if the last one is as long ago as it took: so many
        of them take half of the time at most. A broker that is away is asked again later."""
        began = monotonic()
        if began < self._next_look or not is_roomy():
            return
        pause = PAUSE
        try:
            if (request := self._taken()) is not None:
                self._answer(request)
                release_memory()
        except (OperationalError, RedisError, OSError) as error:
            log.warning("What is asked meanwhile could not be read: %s", error)
            pause = OUTAGE_PAUSE
        now = monotonic()
        self._next_look = now + max(pause, now - began)

    def _taken(self) -> object:
        """The next request, acknowledged as it is taken; None where nobody asks."""
        with self._app.pool.acquire(block=True) as link, link.channel() as channel:
            message = self._queue.bind(channel).get(no_ack=True, accept=["json"])
        if message is None:
            return None
        try:
            return message.payload[1]["request"]
        except (LookupError, TypeError, ValueError, KombuError) as error:
            log.error("Dropped a message that asks for nothing: %r", error)
            return ()
