"""What is drawn, what is recorded about it, and what managers are told beforehand are one thing.

Weights are random with fixed seeds. Observed shares are held to Chernoff's bound, which is exact for any n: draws with
probability p have a share q with n·KL(q‖p) > t at most 2·exp(−t) of the time.
"""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from labeling.projects.pair_policy import SEEDS, appearances, draw_pair, pair_shares

DRAWS = 5000
ALPHA = 1e-9  # of a false alarm, for one share
VECTORS = [
    (1.0,),
    (1.0, 1.0),
    (1000.0, 1.0, 1.0),
    (0.001, 1000.0),
    *(tuple((n + 1) * Random(seed * 9 + n).expovariate(1) + 0.001 for n in range(2 + seed % 6)) for seed in range(9)),
]
CASES = [
    (weights, different) for weights in VECTORS for different in (False, True) if len(weights) > 1 or not different
]


@dataclass(frozen=True)
class Entry:
    place: int
    weight: float
    temperature_low: float = 0.2
    temperature_high: float = 1.3
    top_p_low: float = 0.55
    top_p_high: float = 0.95


class Scripted(Random):
    """Chooses the places it was told to, whatever their weights."""

    def __init__(self, *places: int) -> None:
        super().__init__(0)
        self.places = list(places)

    def choices(self, population, weights=None, **_):
        wanted = self.places.pop(0)
        return [entry for entry in population if entry.place == wanted]


def entries(weights: tuple[float, ...]) -> list[Entry]:
    return [Entry(place, weight) for place, weight in enumerate(weights)]


@cache
def pairs_drawn(weights: tuple[float, ...], different: bool) -> list:
    rng = Random(repr((weights, different)))
    return [draw_pair(entries(weights), rng, different=different) for _ in range(DRAWS)]


def unlikely(hits: int, probability: float) -> bool:
    """Whether so many of DRAWS would come by chance in fewer than ALPHA of all cases."""
    parts = ((hits / DRAWS, probability), (1 - hits / DRAWS, 1 - probability))
    divergence = sum(seen * math.log(seen / expected) if expected > 0 else math.inf for seen, expected in parts if seen)
    return DRAWS * divergence > math.log(2 / ALPHA)


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_pairs_come_as_often_as_managers_are_told(weights, different):
    drawn = pairs_drawn(weights, different)
    seen = Counter(tuple(sorted((first.entry.place, second.entry.place))) for first, second in drawn)
    shares = pair_shares(weights, different=different)
    assert seen.keys() <= shares.keys()
    assert [pair for pair, share in shares.items() if unlikely(seen[pair], share)] == []


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_versions_stand_in_as_many_pairs_as_managers_are_told(weights, different):
    seen = Counter(place for pair in pairs_drawn(weights, different) for place in {draw.entry.place for draw in pair})
    expected = enumerate(appearances(weights, different=different))
    assert [place for place, share in expected if unlikely(seen[place], min(share, 1.0))] == []


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_first_draws_follow_the_weights(weights, different):
    seen = Counter(first.entry.place for first, _ in pairs_drawn(weights, different))
    assert [n for n, weight in enumerate(weights) if unlikely(seen[n], min(weight / sum(weights), 1.0))] == []


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_what_each_draw_records_multiplies_to_the_probability_of_its_pair(weights, different):
    recorded: Counter[tuple[int, int]] = Counter()
    for one in range(len(weights)):
        for other in range(len(weights)):
            if different and one == other:
                continue
            first, second = draw_pair(entries(weights), Scripted(one, other), different=different)
            recorded[min(one, other), max(one, other)] += first.probability * second.probability
    assert recorded == pytest.approx(pair_shares(weights, different=different))
    assert sum(recorded.values()) == pytest.approx(1)


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_the_shares_of_all_pairs_are_one_and_every_pair_has_two_places(weights, different):
    shares = pair_shares(weights, different=different)
    assert math.fsum(shares.values()) == pytest.approx(1)
    with_itself = sum(share for (one, other), share in shares.items() if one == other)
    assert math.fsum(appearances(weights, different=different)) == pytest.approx(2 - with_itself)


@pytest.mark.parametrize(("weights", "different"), CASES)
def test_what_is_drawn_keeps_the_ranges_and_two_different_ones_are_different(weights, different):
    drawn = pairs_drawn(weights, different)
    assert all(0.2 <= draw.temperature <= 1.3 and 0.55 <= draw.top_p <= 0.95 for pair in drawn for draw in pair)
    assert all(0 <= draw.seed < SEEDS for pair in drawn for draw in pair)
    assert not different or all(first.entry != second.entry for first, second in drawn)


def test_a_third_version_is_told_as_it_is_drawn_by_hand():
    """Weights 2, 1, 1: the first is drawn first half the time, else second with 2 of the 3 parts left."""
    assert appearances([2, 1, 1], different=True) == pytest.approx([1 / 2 + 1 / 2 * 2 / 3, 7 / 12, 7 / 12])
    assert pair_shares([2, 1, 1], different=True) == pytest.approx({(0, 1): 5 / 12, (0, 2): 5 / 12, (1, 2): 2 / 12})
    assert appearances([3, 1], different=False) == pytest.approx([15 / 16, 7 / 16])


def test_no_pair_comes_from_too_few_versions():
    assert pair_shares([1.0], different=True) == {}
    assert appearances([1.0], different=True) == [0]
    assert pair_shares([], different=False) == {}
