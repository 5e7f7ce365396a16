"""Periodic work of the dialogues slice."""

from labeling.celery import app
from labeling.dialogues import recovery, streams

CONSUMER_BEAT = 30  # seconds a consumer counts as alive after it was last seen


@app.task(name="labeling.sweep")
def sweep() -> None:
    streams.client().set("runtime:labeling", "1", ex=CONSUMER_BEAT)
    recovery.sweep()
