"""Long work of the data sets slice, on a queue of its own."""

import logging
from threading import Event, Thread
from typing import Any

from celery.signals import worker_ready
from django.utils import timezone
from redis import RedisError

from labeling.celery import app
from labeling.datasets import gathering, making
from labeling.datasets.imports import running
from labeling.datasets.models import Push
from labeling.dialogues import streams

log = logging.getLogger(__name__)
PAUSE = 10.0  # seconds between two announcements, each of which holds for thirty


@app.task(name="labeling.run_imports", shared=False)
def run_imports() -> None:
    running.run_due()


@app.task(name="labeling.make_snapshots", shared=False)
def make_snapshots() -> None:
    Push.objects.end_left(timezone.now())
    making.make_due()


@app.task(name="labeling.gather_judged", shared=False)
def gather_judged() -> None:
    gathering.gather_judged()


@worker_ready.connect
def announce(sender: Any, **_: Any) -> None:
    """Beside its work: one file may take it longer than an announcement holds."""
    if sender.hostname.startswith("datasets@"):
        Thread(target=_announce, name="announcing", daemon=True).start()


def _announce() -> None:
    pause = Event()
    while True:
        try:
            streams.announce_consumer("datasets")
        except RedisError as error:
            log.warning("not announced: %s", error)
        pause.wait(PAUSE)
