"""Who is to be looked at, and why: nobody for what may be chance, and a view of one's own is not carelessness."""

import pytest

from labeling.quality.evidence import Habits, Matter, Signal, matter, signals
from labeling.quality.shares import Share

OTHERS = Habits(
    gold=Share(950, 1000), repeats=Share(880, 1000), side=Share(5020, 10_000), longer=Share(5600, 10_000),
    majority=Share(760, 1000),
)  # fmt: skip
GOOD = Habits(gold=Share(48, 50), repeats=Share(45, 50), side=Share(196, 400), longer=Share(230, 400))
DIFFERS = {"majority": Share(40, 100)}


def seen(**different: Share) -> tuple[list[Signal], Matter]:
    own = Habits(**{**vars(GOOD), "majority": Share(74, 100), **different})
    found = signals(own, OTHERS)
    return found, matter(own, found)


def test_whoever_does_as_most_do_gives_no_signal():
    assert seen() == ([], Matter.NONE)


@pytest.mark.parametrize(
    ("signal", "much", "little"),
    [
        ("gold", Share(25, 50), Share(0, 9)),
        ("repeats", Share(26, 50), Share(1, 3)),
        ("side", Share(380, 400), Share(5, 5)),
        ("side", Share(20, 400), Share(0, 4)),
        ("longer", Share(360, 400), Share(7, 8)),
        ("longer", Share(100, 400), Share(1, 6)),
    ],
)
def test_a_share_beyond_its_limit_is_a_signal_once_it_cannot_be_chance(signal, much, little):
    assert seen(**{signal: little}) == ([], Matter.NONE)
    assert seen(**{signal: much}) == ([Signal("length" if signal == "longer" else signal)], Matter.CARELESS)


def test_whoever_differs_but_is_sure_of_what_is_certain_has_a_view_of_their_own():
    assert seen(**DIFFERS) == ([Signal.MAJORITY], Matter.MINORITY)


@pytest.mark.parametrize("unknown", ["gold", "repeats"])
def test_whoever_differs_is_left_open_while_too_little_else_is_known(unknown):
    assert seen(**DIFFERS, **{unknown: Share()}) == ([Signal.MAJORITY], Matter.OPEN)
    assert seen(**DIFFERS, **{unknown: Share(5, 5)}) == ([Signal.MAJORITY], Matter.OPEN)


def test_whoever_differs_and_follows_a_side_is_no_minority():
    assert seen(**DIFFERS, side=Share(390, 400))[1] == Matter.CARELESS


def test_nobody_is_measured_against_others_of_whom_nothing_is_known():
    own = Habits(longer=Share(400, 400), majority=Share(0, 100))
    assert signals(own, Habits()) == []
