"""The Celery app of a GPU machine. It needs the broker and the stream, and no database.

    celery -A models_runtime.worker worker --pool threads -c 16

It takes requests for the model sources that SERVES lists, separated by commas, and for no others; without SERVES, for
anything it can load. More machines need nothing but the addresses of broker and stream, and a name each (`-n`).

Messages are acknowledged when a thread takes them: a request that kills the worker must not come back to
kill the next one. Whether it was done is known from its heartbeat and its receipts, and asking again is the
web side's. Importing this module imports no torch; loading a model does."""

import os
import time
from threading import Event
from typing import Any

from celery import Celery, Task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from models_runtime.connections import broker, stream
from models_runtime.engines import Engines
from models_runtime.figures import Figures
from models_runtime.generation import Generation
from models_runtime.presence import Presence
from models_runtime.queues import LIVE, STOCK, LiveFirst, is_stock, queues, sources
from models_runtime.receipts import Receipts

SERVES = sources(os.environ.get("SERVES", ""))

app = Celery(
    "models_runtime",
    broker=broker(),
    fixups=[],  # else Celery starts Django wherever DJANGO_SETTINGS_MODULE is set
)
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=False,
    task_queues=queues(SERVES),
    task_default_queue=STOCK,
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,
    worker_pool="threads",
    worker_enable_remote_control=False,  # else whoever writes to the broker could stop or redirect it
    worker_concurrency=16,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "queue_order_strategy": "models_runtime.queues:LiveFirst",
        # What is under way here is kept apart from what the web side has under way: the broker need not let us read it.
        "unacked_key": "generation:unacked",
        "unacked_index_key": "generation:unacked_index",
        "unacked_mutex_key": "generation:unacked_mutex",
    },
)

HANDOVER_SECONDS = 0.5  # between taking a message while stopping and giving it back

stopping = Event()
valkey = stream()
engines = Engines()
figures = Figures()
generation = Generation(valkey, engines, Receipts(app, stopping), stopping, figures)
presence = Presence(valkey, engines, SERVES, figures)


@app.task(name="models_runtime.generate", bind=True)
def generate(self: Task, request: object = None) -> None:
    queue = self.request.delivery_info.get("routing_key") or LIVE
    if stopping.is_set():
        # A worker that is stopping still gets messages for a moment. Failing them would cost each an attempt.
        time.sleep(HANDOVER_SECONDS)
        self.app.send_task(self.name, kwargs={"request": request}, queue=queue)
        return
    generation.run(request, live=not is_stock(queue))


@worker_ready.connect
def announce(sender: Any, **_: Any) -> None:
    """`sender` is the consumer, the first to know how many threads there really are."""
    LiveFirst.share(sender.pool.num_processes)
    presence.start(sender.hostname, sender.pool.num_processes)
    for source in filter(None, os.environ.get("PRELOAD_SOURCES", "").split(",")):
        engines.preload("transformers", source.strip())


@worker_shutting_down.connect
def stop_requests(**_: Any) -> None:
    """Runs in the signal handler. Every request notices within a second and hands its work back."""
    stopping.set()


@worker_shutdown.connect
def leave(**_: Any) -> None:
    presence.stop()
    engines.close()
