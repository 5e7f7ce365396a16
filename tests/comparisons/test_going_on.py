from dataclasses import dataclass

import pytest

from labeling.comparisons.going_on import continuation


@dataclass
class Said:
    chosen: str | None
    rejected: str | None = None
    chosen_safe: bool | None = None
    rejected_safe: bool | None = None


SAFE, UNSAFE = True, False


@pytest.mark.parametrize(
    ("helpful", "safer", "labels", "goes_on"),
    [
        ("x", "y", (SAFE, UNSAFE), "y"),
        ("x", "y", (SAFE, SAFE), "x"),
        ("x", "y", (UNSAFE, UNSAFE), "x"),
        ("x", "x", (SAFE, UNSAFE), "x"),
    ],
)
def test_the_safe_response_goes_on_if_exactly_one_is_safe_else_the_more_helpful_one(helpful, safer, labels, goes_on):
    assert continuation({"helpfulness": Said(helpful), "safety": Said(safer, None, *labels)}) == goes_on


def test_a_single_axis_decides_alone():
    assert continuation({"helpfulness": Said("x")}) == "x"
    assert continuation({"safety": Said("y", None, SAFE, SAFE)}) == "y"


def test_nothing_goes_on_from_a_pair_that_could_not_be_judged():
    assert continuation({"helpfulness": Said(None)}) is None
    assert continuation({}) is None
