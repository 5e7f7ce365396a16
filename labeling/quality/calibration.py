"""Whether what is said to be 80 % sure is so in 80 of 100. Pure."""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from labeling.quality.annotator_model import Booleans, Floats, Integers

STEPS = 10  # of sureness, equal ones from ½ to 1


@dataclass(frozen=True)
class Step:
    """Of `of` predictions that were about as sure, `said` on average, `hits` came true: of one that says ½, half."""

    said: float
    hits: float
    of: int


def steps(first: Floats, answer: Integers | Booleans) -> list[Step]:
    """Of (n,) probabilities of one of two, and whether it was that one: above 0, or true. Steps that nothing is in are
    left out."""
    sure = np.maximum(first, 1.0 - first)
    right = np.where(first == 0.5, 0.5, (first > 0.5) == (answer > 0))
    step = np.minimum(((sure - 0.5) * 2 * STEPS).astype(np.int64), STEPS - 1)
    many = np.bincount(step, minlength=STEPS)
    said, hits = (np.bincount(step, rows, minlength=STEPS) for rows in (sure, right))
    return [Step(float(said[n] / many[n]), float(hits[n]), int(many[n])) for n in np.flatnonzero(many)]


def error(found: list[Step]) -> float:
    """How far, on average, the share of what came true is from how sure it was: the expected calibration error of M. P.
    Naeini and others, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015."""
    return sum(abs(one.said * one.of - one.hits) for one in found) / max(1, sum(one.of for one in found))


def by_chance(found: list[Step]) -> float:
    """How large that is on average where each prediction comes true as often as it says: √(2/π) standard deviations of
    each step's share."""
    apart = sum(sqrt(one.of * one.said * (1 - one.said)) for one in found)
    return sqrt(2 / pi) * apart / max(1, sum(one.of for one in found))


def calibration_error(first: Floats, answer: Integers | Booleans) -> float:
    return error(steps(first, answer))
