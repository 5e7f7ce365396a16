"""Periodic work of the dialogues slice."""

from typing import Any

from celery.signals import worker_ready

from labeling.celery import app
from labeling.dialogues import recovery, streams


@app.task(name="labeling.sweep")
def sweep() -> None:
    streams.announce_consumer("labeling")
    recovery.sweep()


@worker_ready.connect
def announce(**_: Any) -> None:
    streams.announce_consumer("labeling")
