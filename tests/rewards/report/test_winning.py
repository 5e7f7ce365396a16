"""Which model version wins against the others, whoever it met."""

from collections import Counter

import numpy as np
import pytest

from labeling.rewards.report.winning import Games, standings


def games(*played: tuple[int, int, bool], times: int = 1) -> Games:
    """(one, other, whether the one won), each of a prompt of its own."""
    won = Counter((one, other) if first else (other, one) for one, other, first in played)
    return Games.of({((winner, loser, False, 1),): n * times for (winner, loser), n in won.items()})


def test_of_two_it_is_the_plain_share_of_wins():
    strong, weak = standings(games((1, 2, True), (2, 1, False), (1, 2, True), (1, 2, False), times=10))
    assert (strong.version, strong.games, strong.won) == (1, 40, 30)
    assert strong.rate.value == pytest.approx(0.75, abs=1e-3) and weak.rate.value == pytest.approx(0.25, abs=1e-3)
    assert strong.rate.low < 0.75 < strong.rate.high


def test_whom_one_met_makes_no_difference():
    """3 beats 2 as often as 2 beats 1, and met only 2; 1 is the weakest although it never met 3."""
    met = games(*[(3, 2, True)] * 3, (3, 2, False), *[(2, 1, True)] * 3, (2, 1, False), times=10)
    assert [one.version for one in standings(met)] == [3, 2, 1]
    assert standings(met)[1].rate.value == pytest.approx(0.5, abs=0.01)


def test_which_stood_first_makes_no_difference():
    one = games((1, 2, True), (1, 2, False), (1, 2, True), times=7)
    other = games((2, 1, False), (2, 1, True), (2, 1, False), times=7)
    assert standings(one) == standings(other)


def test_who_gives_no_response_has_lost():
    judged, none_came = ((1, 2, False, 1),), ((2, 1, True, 1),)
    strong, weak = standings(Games.of({judged: 30, none_came: 10}))
    assert (strong.version, strong.games, strong.won, strong.failed) == (1, 40, 30, 10)
    assert (weak.games, weak.won, weak.failed) == (40, 10, 0)
    assert strong.rate.value == pytest.approx(0.75, abs=1e-3)


def test_what_came_of_one_prompt_is_drawn_together():
    """Ten times as many judgements of the same prompts tell hardly more of others."""
    apart = {((1, 2, False, 1),): 300, ((2, 1, False, 1),): 100}
    together = {((1, 2, False, 10),): 30, ((2, 1, False, 10),): 10}
    one, other = (standings(Games.of(patterns))[0].rate for patterns in (apart, together))
    assert one.value == pytest.approx(other.value) and other.high - other.low > 2 * (one.high - one.low)


def test_it_is_what_resampling_each_prompt_by_itself_gives():
    """Of two versions, by drawing 60 prompts a thousand times."""
    patterns = {((1, 2, False, 2),): 20, ((1, 2, False, 1), (2, 1, False, 1)): 25, ((2, 1, False, 3),): 15}
    prompts = np.repeat([[2, 0], [1, 1], [0, 3]], [20, 25, 15], axis=0)
    drawn = prompts[np.random.default_rng(1).integers(0, 60, (1000, 60))].sum(1)
    low, high = np.percentile(drawn[:, 0] / drawn.sum(1), [2.5, 97.5])
    [first] = [one for one in standings(Games.of(patterns), draws=1000) if one.version == 1]
    assert first.rate.value == pytest.approx(65 / 135, abs=1e-3)
    assert (first.rate.low, first.rate.high) == (pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02))


def test_without_games_there_is_nothing():
    assert standings(Games.of({})) == []


def test_who_never_wins_has_no_chance_and_breaks_nothing():
    strong, weak = standings(games((1, 2, True), times=20))
    assert strong.rate.value == pytest.approx(1, abs=1e-3) and weak.rate.value == pytest.approx(0, abs=1e-3)
