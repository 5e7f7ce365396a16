"""Which model version wins against the others, whoever it met."""

import numpy as np
import pytest

from labeling.rewards.report.winning import Games, standings


def games(*played: tuple[int, int, bool], times: int = 1) -> Games:
    first, second, won = (np.array(column) for column in zip(*played * times, strict=True))
    return Games(first, second, won, np.arange(len(first)))


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
    other = Games(one.second, one.first, ~one.first_won, one.root)
    assert [(each.version, each.rate) for each in standings(one)] == [
        (each.version, each.rate) for each in standings(other)
    ]


def test_without_games_there_is_nothing():
    assert standings(Games(np.array([], int), np.array([], int), np.array([], bool), np.array([], int))) == []


def test_who_never_wins_has_no_chance_and_breaks_nothing():
    strong, weak = standings(games((1, 2, True), times=20))
    assert strong.rate.value == pytest.approx(1, abs=1e-3) and weak.rate.value == pytest.approx(0, abs=1e-3)
