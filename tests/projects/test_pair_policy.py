from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest

from labeling.projects.pair_policy import SEEDS, draw_pair


@dataclass(frozen=True)
class Entry:
    weight: float
    temperature_low: float = 0.5
    temperature_high: float = 0.9
    top_p_low: float = 0.8
    top_p_high: float = 0.8


def test_it_draws_versions_by_weight():
    heavy, light = Entry(3.0), Entry(1.0)
    rng = Random(1)
    firsts = Counter(draw_pair([heavy, light], rng, different=False)[0].entry for _ in range(4000))
    assert firsts[heavy] / 4000 == pytest.approx(0.75, abs=0.03)


def test_it_draws_two_different_versions_and_says_how_likely_each_was():
    heavy, light = Entry(3.0), Entry(1.0)
    first, second = draw_pair([heavy, light], Random(2), different=True)
    assert first.entry != second.entry
    assert (first.probability, second.probability) == (first.entry.weight / 4, 1.0)


def test_it_samples_within_the_ranges_and_with_a_seed_of_its_own():
    draws = [draw for seed in range(50) for draw in draw_pair([Entry(1.0)], Random(seed), different=False)]
    assert all(0.5 <= draw.temperature <= 0.9 and draw.top_p == 0.8 for draw in draws)
    assert all(0 <= draw.seed < SEEDS for draw in draws)
    assert len({draw.seed for draw in draws}) == len(draws)


def test_it_refuses_too_few_versions():
    with pytest.raises(ValueError, match="too few"):
        draw_pair([Entry(1.0)], Random(3), different=True)
