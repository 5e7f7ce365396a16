"""Whoever is at long work is heard of meanwhile, even while one statement or one piece of arithmetic takes minutes."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection

log = logging.getLogger(__name__)


@contextmanager
def alive(beat: Callable[[], object], pause: float) -> Iterator[None]:
    """`beat` is called every so many seconds, by a thread of its own with its own connection."""
    over = Event()
    thread = Thread(target=_beat, args=(beat, pause, over), name="beating", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(beat: Callable[[], object], pause: float, over: Event) -> None:
    try:
        while not over.wait(pause):
            beat()
    except Exception:
        log.exception("it beats no more")
    finally:
        connection.close()
