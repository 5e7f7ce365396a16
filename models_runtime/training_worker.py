"""The Celery app that trains reward models and asks them, one thing at a time, beside the one that generates. What is
asked of a model in few seconds is answered between two steps of what takes hours.

    celery -A models_runtime.training_worker worker --pool threads -c 1

It needs the broker, the stream and the store of files (ARTIFACT_URL), and no database. Messages are acknowledged when
they are taken, as a generation worker does: a request that kills the worker must not come back to kill the next one.
Importing this module imports no torch; the first request does."""

from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down
from kombu import Exchange, Queue
from redis import RedisError

from models_runtime.artifacts import artifacts
from models_runtime.asides import ASKED, Asides
from models_runtime.connections import broker, stream
from models_runtime.encode_requests import EncodeRequests
from models_runtime.errands import Errands
from models_runtime.receipts import Receipts

QUEUES = (ASKED, "training", "encode")  # each only while nothing waits in those before it
ANNOUNCED = "runtime:training"
ANNOUNCE_SECONDS = 10.0

app = Celery("training", broker=broker(), fixups=[], set_as_current=False)
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=False,
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_default_queue="training",
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,
    worker_pool="threads",
    worker_enable_remote_control=False,  # else whoever writes to the broker could stop or redirect it
    worker_concurrency=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "queue_order_strategy": "priority",
        "unacked_key": "training:unacked",
        "unacked_index_key": "training:unacked_index",
        "unacked_mutex_key": "training:unacked_mutex",
    },
)

stopping = Event()
valkey = stream()
receipts = Receipts(app, stopping)
errands = Errands(valkey, receipts, stopping)
encoding = EncodeRequests(valkey, receipts, artifacts, stopping)


@app.task(name="models_runtime.train")
def train(request: object = None) -> None:
    from models_runtime.reward_training import train as work

    errands.run(request, work, "run_trained", aside=asides.answer)


@app.task(name="models_runtime.score")
def score(request: object = None) -> None:
    from models_runtime.reward_scoring import score_rows as work

    errands.run(request, work, "run_scored", aside=asides.answer)


@app.task(name="models_runtime.give_opinion")
def give_opinion(request: object = None) -> None:
    from models_runtime.opinions import give_opinion as work

    errands.run(request, partial(work, encoder=encoding.encoder), "opinion_given", about="opinion")


@app.task(name="models_runtime.encode")
def encode(request: object = None) -> None:
    encoding.run(request)


asides = Asides(app, give_opinion)


@worker_ready.connect
def announce(**_: Any) -> None:
    Thread(target=_announce, name="announcing", daemon=True).start()


def _announce() -> None:
    """Believed for three times as long as the pause between two."""
    while True:
        with suppress(RedisError):  # said again in a moment
            valkey.set(ANNOUNCED, "1", ex=int(3 * ANNOUNCE_SECONDS))
        if stopping.wait(ANNOUNCE_SECONDS):
            return


@worker_shutting_down.connect
def stop_requests(**_: Any) -> None:
    """Runs in the signal handler. What is trained is kept at the next step, and handed back."""
    stopping.set()
