"""Which queue a request goes to, so that a worker is asked only for models that it serves.

A worker with SERVES listens to the queues of those sources alone, one without to the general ones, `live` and `stock`.
The names are those of `models_runtime.queues`.
"""

import hashlib
import logging

import redis

from labeling.dialogues import workers
from labeling.dialogues.fresh import Fresh

logger = logging.getLogger(__name__)

LIVE, STOCK = "live", "stock"  # somebody is waiting for it; nobody is, yet


def queue_for(source: str, *, stock: bool) -> str:
    """The source's own queue while a worker announces that it serves the source, else the general one.

    What waits in the queue of a worker that went away is found unanswered by the sweeper and sent again, elsewhere.
    """
    kind = STOCK if stock else LIVE
    return queue_name(kind, source) if source in served.now() else kind


def queue_name(kind: str, source: str) -> str:
    return f"{kind}.{hashlib.sha256(source.encode()).hexdigest()[:16]}"


def _served() -> frozenset[str]:
    """The sources that some worker has named; nothing while the stream is away, which is not asked oftener for that."""
    try:
        return frozenset(source for worker in workers.announced() for source in worker.serves)
    except redis.RedisError as error:
        logger.warning("What workers serve could not be read: %s", error)
        return frozenset()


served = Fresh(_served, seconds=1.0)
