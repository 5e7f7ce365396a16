"""A worker's last minute in figures: exact where it can be, bounded always."""

import json
from contextlib import suppress
from threading import Thread

import pytest

from models_runtime.figures import ERRORS, LONGEST, Figures, quantile


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.5

    def __call__(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def figures(clock: Clock) -> Figures:
    return Figures(now=clock, clock=lambda: 1_700_000_000.0)


def answer(
    figures: Figures, clock: Clock, *, live: bool = True, first: float = 0.5, writing: float = 2, tokens: int = 60
):
    with figures.request(live=live) as tally:
        clock.wait(first)
        tally.wrote()
        clock.wait(writing)
        tally.wrote()
        tally.done(tokens)


def test_an_idle_worker_has_nothing_to_tell(figures: Figures):
    assert figures.summary() == {
        "tokens_per_second": 0.0,
        "first_token_p50": None,
        "first_token_p95": None,
        "done": 0,
        "failed": 0,
        "running_live": 0,
        "running_stock": 0,
        "errors": [],
    }


def test_tokens_a_second_are_those_of_the_last_minute(figures: Figures, clock: Clock):
    clock.wait(600)
    answer(figures, clock, tokens=60)
    assert figures.summary()["tokens_per_second"] == 1.0
    assert figures.summary()["done"] == 1
    clock.wait(61)
    assert figures.summary()["tokens_per_second"] == 0.0
    assert figures.summary()["done"] == 0


def test_a_young_worker_is_not_divided_by_a_whole_minute(figures: Figures, clock: Clock):
    answer(figures, clock, first=1, writing=9, tokens=100)
    assert figures.summary()["tokens_per_second"] == 10.0


def test_of_a_text_that_took_longer_than_a_minute_the_part_inside_counts(figures: Figures, clock: Clock):
    answer(figures, clock, first=0, writing=240, tokens=2400)
    assert figures.summary()["tokens_per_second"] == pytest.approx(10, rel=0.02)


def test_only_live_requests_count_for_the_wait_for_the_first_token(figures: Figures, clock: Clock):
    for first in (0.1, 0.2, 0.3, 4.0):
        answer(figures, clock, first=first)
    answer(figures, clock, live=False, first=20)
    answer(figures, clock, first=0.2)
    summary = figures.summary()
    assert (summary["first_token_p50"], summary["first_token_p95"]) == (0.2, 4.0)
    clock.wait(57)
    assert figures.summary()["first_token_p95"] == 0.2, "the others are older than a minute"


def test_it_counts_what_is_running_and_forgets_it_however_it_ends(figures: Figures):
    with figures.request(live=True), figures.request(live=False), figures.request(live=False):
        summary = figures.summary()
        assert (summary["running_live"], summary["running_stock"]) == (1, 2)
    with suppress(ZeroDivisionError), figures.request(live=True):
        raise ZeroDivisionError
    summary = figures.summary()
    assert (summary["running_live"], summary["running_stock"]) == (0, 0)


def test_it_tells_the_newest_errors_with_their_source_and_time(figures: Figures):
    for number in range(9):
        with figures.request(live=True) as tally:
            tally.source = f"model-{number}"
            tally.failed(f"It broke, {number}.")
    told = figures.summary()
    assert told["failed"] == 9
    assert [error["source"] for error in told["errors"]] == [f"model-{number}" for number in range(4, 9)]
    assert told["errors"][-1] == {"at": 1_700_000_000.0, "source": "model-8", "detail": "It broke, 8."}


def test_its_size_is_bounded_whatever_happens(figures: Figures, clock: Clock):
    for _ in range(3000):
        with figures.request(live=True) as tally:
            tally.source = "s" * 10_000
            tally.wrote()
            tally.failed("é" * 10_000)
        clock.wait(0.5)
    assert len(json.dumps(figures.summary(), ensure_ascii=False)) < 500 + ERRORS * (2 * LONGEST + 100)


def test_many_threads_lose_no_count(figures: Figures, clock: Clock):
    threads = [
        Thread(target=lambda: [answer(figures, clock, writing=0, first=0) for _ in range(200)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures.summary()["done"] == 1600


@pytest.mark.parametrize(
    ("values", "part", "found"),
    [([], 0.5, None), ([3], 0.95, 3), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_a_quantile_is_the_nearest_rank(values, part, found):
    assert quantile(values, part) == found
