"""How soon nobody writes any more for a project that is stopped, and for a round that goes into review.

    python -m tests.benchmarks.bench_stopping

All of Tandem with the real model, and a worker that writes as much stock as it may at once, with more in the queue.
Cancelled: until stopping has returned, when the database has it. Free: until the worker has let go of the last response
that it was writing. Empty: until nothing of it is in the queue.
"""

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable

from tests.benchmarks.bench_annotators import AT_ONCE, hire, open_round, tandem
from tests.processes import free_port, home, wait_until

# isort: split
from labeling.celery import app
from labeling.dialogues import routing, streams
from labeling.dialogues.models import UNFINISHED, Completion, State

WRITING = AT_ONCE - AT_ONCE // 4  # the rest of the worker is kept for live work
FULL, PATIENCE = 180.0, 30.0  # seconds
GLANCE = 0.005


def running() -> list[Completion]:
    return list(Completion.objects.filter(state=State.RUNNING))


def seconds_until(condition: Callable[[], bool], began: float) -> float:
    while not condition():
        if time.perf_counter() - began > PATIENCE:
            sys.exit(f"It did not stop within {PATIENCE:.0f} s.")
        time.sleep(GLANCE)
    return time.perf_counter() - began


def stopped(end: Callable[[], object]) -> tuple[float, float, float]:
    """Seconds until cancelled, free and empty."""
    wait_until(lambda: len(running()) == WRITING, FULL)
    writing = running()
    beats = [streams.heartbeat_key(completion.pk, completion.attempt) for completion in writing]
    began = time.perf_counter()
    end()
    cancelled = time.perf_counter() - began
    if Completion.objects.filter(pk__in=[each.pk for each in writing], state__in=UNFINISHED).exists():
        sys.exit("Something is still to be written.")
    free = seconds_until(lambda: set(streams.client().mget(beats)) == {"done"}, began)
    with app.connection_for_read() as link:
        broker = link.default_channel.client
        empty = seconds_until(lambda: broker.llen(routing.STOCK) == 0, began)
    return cancelled, free, empty


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--annotators", type=int, default=24, help="for whom there is stock: three responses each")
    parser.add_argument("--new-tokens", type=int, default=256, help="the longest a response may be")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tandem(free_port()):
            measure(args)
    finally:
        shutil.rmtree(home(), ignore_errors=True)


def measure(args: argparse.Namespace) -> None:
    round_ = open_round(args)
    hire(args, round_)  # stock is for somebody
    project = round_.project
    print(f"{WRITING} responses being written; seconds")
    print(f"{'':>16} {'cancelled':>10} {'free':>8} {'empty':>8}")
    for _ in range(args.turns):
        show("project stopped", stopped(project.stop))
        project.resume()
    show("into review", stopped(round_.review))


def show(name: str, seconds: tuple[float, float, float]) -> None:
    cancelled, free, empty = seconds
    print(f"{name:>16} {cancelled:>10.3f} {free:>8.3f} {empty:>8.3f}", flush=True)


if __name__ == "__main__":
    main()
