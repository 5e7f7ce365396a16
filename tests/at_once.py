"""A pytest plugin: the whole suite in several processes at once, each with an installation of its own (`-n auto`).

A file is one process's, so that what its tests share is made once. Run by itself, a file needs none of this.
"""

import gc
import os
from collections.abc import Iterator

import pytest
from xdist import is_xdist_controller

from labeling.embedded import account

MOST = 4  # each has a PostgreSQL, a Valkey, a browser and workers
WAITING = 1  # of the processes, at any time: for a worker to start, a schedule to come round, a page to be told
MODEL_SIDE = {"models_runtime"}
LONGEST = {"test_accessible", "test_checks", "test_faults", "test_from_nothing", "test_loop", "test_two_workers"}

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # else each process's torch would want every core


def pytest_xdist_auto_num_workers() -> int:
    """None but this one where real servers are named: there is one of each."""
    named = any(os.environ.get(name) for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL"))
    return 0 if named else min((os.cpu_count() or 1) + WAITING, MOST)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if is_xdist_controller(session):
        account()  # makes the user who runs PostgreSQL, which two processes could not do at the same time


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What comes of it stays: to look that through for garbage took two seconds here, and then a tenth of the time of
    all tests. What they make themselves is looked through as often as where pages are served (labeling/asgi.py)."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that want the installation come last: its workers would take what others' tests look for in the queues.

    Of these those in a browser are the last, so that one browser does for all. The longest of each come first, or all
    others would wait for one in the end. Those of the model side come before everything: they want no database, and one
    process makes the tables while another is still at them.

    In an installation a dozen processes share the cores, with a browser at times: what fails there is tried once more,
    and told as a rerun.
    """
    installed = [item for item in items if "installation" in getattr(item, "fixturenames", ())]
    busy = {item.path for item in installed}
    for item in installed:
        item.add_marker(pytest.mark.flaky(reruns=1))

    def turn(item: pytest.Item) -> tuple[bool, bool, bool]:
        early = LONGEST if item.path in busy else MODEL_SIDE
        seen = item.path in busy and item.path.parent.name == "browser"
        return item.path in busy, seen, early.isdisjoint((item.path.stem, item.path.parent.name))

    items.sort(key=turn)
