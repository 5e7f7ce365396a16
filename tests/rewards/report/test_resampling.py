"""Intervals come from root prompts, not from comparisons."""

import numpy as np
import pytest

from labeling.rewards.report.resampling import Resampled


def test_the_figure_itself_is_the_plain_share():
    again = Resampled.of(np.arange(40))
    found = again.share(np.repeat([1.0, 0.0], 20))
    assert (found.value, found.n) == (0.5, 40)
    assert found.low < 0.5 < found.high


def test_it_is_as_wide_as_the_normal_interval_where_every_comparison_has_a_prompt_of_its_own():
    right = np.random.default_rng(3).random(900) < 0.7
    found = Resampled.of(np.arange(900)).share(right.astype(float))
    reach = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 900)
    assert found.low == pytest.approx(right.mean() - reach, abs=0.006)
    assert found.high == pytest.approx(right.mean() + reach, abs=0.006)


def test_what_begins_with_the_same_prompt_is_no_second_witness():
    right = np.repeat((np.random.default_rng(3).random(60) < 0.7).astype(float), 15)
    apart, together = Resampled.of(np.arange(900)).share(right), Resampled.of(np.repeat(np.arange(60), 15)).share(right)
    assert together.value == apart.value
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_of_few_prompts_nothing_is_said_of_others():
    found = Resampled.of(np.repeat([1, 2, 3], 100)).share(np.tile([1.0, 0.0, 1.0], 100))
    assert found.value == pytest.approx(2 / 3) and (found.low, found.high) == (None, None)


def test_of_nothing_there_is_no_figure():
    found = Resampled.of(np.arange(20)).share(np.ones(20), np.zeros(20))
    assert (found.value, found.low, found.n) == (None, None, 0)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(1).random(90)
    one, same, other = (Resampled.of(np.arange(90), seed=seed).share(values) for seed in (1, 1, 2))
    assert one == same != other


def test_nine_in_ten_intervals_and_more_hold_the_share_behind_them():
    random, hits = np.random.default_rng(7), 0
    for trial in range(200):
        rate = np.repeat(random.beta(7, 3, 50), 4)
        found = Resampled.of(np.repeat(np.arange(50), 4), draws=300, seed=trial).share(
            (random.random(200) < rate) * 1.0
        )
        hits += found.low <= 0.7 <= found.high
    assert hits >= 180
