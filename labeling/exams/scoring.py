"""What a part of an exam comes to, and whether that is enough. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

BEST = 5  # the highest grade; the lowest is 1


class Rule(StrEnum):
    """How the items of a part add up."""

    SHARE = "share"  # of what its items weigh, how many per cent were right
    COUNT = "count"  # how many were right
    MEAN = "mean"  # the mean of the grades that people gave, 1 to 5


@dataclass(frozen=True)
class Mark:
    """What became of one item. An answer that people grade has no grade until they did."""

    weight: int = 1
    answered: bool = False
    right: bool = False
    grade: float | None = None


def agreed(grades: Sequence[int], *, graders: int, apart: int) -> float | None:
    """What one text is worth; None while another grade is wanted. Of two it is the mean, but where they differ by more
    than `apart` a third person grades, and the one in the middle counts: it is never the one that stands alone."""
    if len(grades) < graders or (len(grades) == 2 and max(grades) - min(grades) > apart):
        return None
    return float(median(grades))


def score(rule: str, marks: Sequence[Mark], at_least: int | None = None) -> float | None:
    """None while an answer waits for its grade.

    Where `at_least` so many items have to be answered, the mean is over those that were, and too few of them are worth
    nothing. Elsewhere every item counts, and one without an answer is worth nothing.
    """
    if rule == Rule.SHARE:
        return 100 * sum(mark.weight for mark in marks if mark.right) / sum(mark.weight for mark in marks)
    if rule == Rule.COUNT:
        return float(sum(mark.right for mark in marks))
    answered = [mark for mark in marks if mark.answered]
    if len(answered) < (at_least or 1):
        return 0.0
    if any(mark.grade is None for mark in answered):
        return None
    counted = answered if at_least else marks
    earned = sum(mark.weight * (mark.grade or 0) for mark in answered)
    return earned / sum(mark.weight for mark in counted)


def passes(score: float, threshold: float, *, more_than: bool = False) -> bool:
    """At least the threshold; or more than it, where the protocol says so."""
    return score > threshold if more_than else score >= threshold
