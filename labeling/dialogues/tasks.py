"""Background work of the dialogues slice. Not shared: else the consumer of receipts would do it as well."""

from typing import Any

from celery.signals import worker_ready

from labeling.celery import app
from labeling.dialogues import generation, recovery, streams, trials
from labeling.dialogues.models import State


@app.task(name="labeling.sweep", shared=False)
def sweep() -> None:
    streams.announce_consumer("labeling")
    recovery.sweep()


@app.task(name="labeling.send", shared=False)
def send(completion: str, attempt: int) -> None:
    """The next attempt, now that it is due, unless the sweeper was faster."""
    if generation.find(completion, attempt=attempt, state=State.QUEUED, sent_at=None):
        generation.send(completion)


@app.task(name="labeling.forget_trials", shared=False)
def forget_trials() -> None:
    trials.forget_old()


@worker_ready.connect
def announce(sender: Any, **_: Any) -> None:
    if sender.hostname.startswith("labeling@"):  # the worker of data sets has these tasks too, and does none of them
        streams.announce_consumer("labeling")
