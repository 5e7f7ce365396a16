"""What the annotator model says of each person, in shares one can read, with intervals. Pure.

Whoever differs from the others may guess, or may see something otherwise. A guess says nothing of what the others
found, on any subject. Another view says as much as theirs, the other way round on one subject: there the slope of what
a person said on what all others found is below zero, which no carelessness makes it, and on all other subjects
together it is above. Of whom that is found it is never said that they guess, however often they differ.

Nothing follows from any of it by itself but that somebody should look.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeling.quality.annotator_model import LENGTH, SIDE, SKILL, Booleans, Estimate, Floats, Integers, Judgements, sums

SURE = 1.959963984540054  # standard errors, for a figure that is shown
CONTRARY = 2.5  # standard errors, for what is looked for among several subjects
TIRING = 3.0  # standard errors, of everybody
NOTHING = 1e-9
GUESSING = 0.65  # chance of being right under which a person hardly helps; who tosses a coin has 0.5
ONE_SIDED = 0.1  # points from even, for either side
BY_LENGTH = 0.1  # points from even, for the longer response


@dataclass(frozen=True)
class Interval:
    """(A,) each."""

    value: Floats
    low: Floats
    high: Floats

    def beyond(self, middle: float, points: float) -> Booleans:
        return (self.low > middle + points) | (self.high < middle - points)


@dataclass(frozen=True)
class Figures:
    """Shares with 95 % intervals. `right`: of pairs like these, without biases. `left` and `longer`: of pairs whose
    responses are equally good, how often the one on the left is chosen, and one that is twice as long."""

    right: Interval
    left: Interval
    longer: Interval


@dataclass(frozen=True)
class Slopes:
    """(A, G) of what people said on what the others found, by group; NaN where nobody else judged the same."""

    value: Floats
    error: Floats


@dataclass(frozen=True)
class Found:
    """What speaks for looking at a person."""

    guesses: Booleans  # (A,)
    one_sided: Booleans  # (A,)
    by_length: Booleans  # (A,)
    tires: Booleans  # (A,) is further from the others in the second half of a sitting
    dissents: Booleans  # (A, G) sees a subject the other way round

    @property
    def faulty(self) -> Booleans:
        """Another view is no fault."""
        return self.guesses | self.one_sided | self.by_length | self.tires


def figures(estimate: Estimate, sure: float = SURE) -> Figures:
    from scipy.special import ndtr

    number = estimate.people / np.sqrt(estimate.noise)[:, None]  # (A, 3) in standard deviations of a person's own noise
    error = np.sqrt(np.diagonal(estimate.covariance, axis1=1, axis2=2) / estimate.noise[:, None])
    low, high = number - sure * error, number + sure * error

    def interval(which: int, share: Callable[[Floats], Floats]) -> Interval:
        return Interval(share(number[:, which]), share(low[:, which]), share(high[:, which]))

    return Figures(interval(SKILL, right), interval(SIDE, ndtr), interval(LENGTH, ndtr))


def right(skill: Floats) -> Floats:
    """How often x + e has the sign of x, where x has `skill` times the standard deviation of e (Sheppard 1899)."""
    return 0.5 + np.arctan(skill) / np.pi


def slopes(judgements: Judgements, estimate: Estimate, group: Integers, groups: int) -> Slopes:
    """By a group of each judgement, as the subject of its prompt; below 0: none. One column where there is no group."""
    columns = max(groups, 1)
    who, known = judgements.annotator, group >= 0
    weight = known / (estimate.noise[who] + estimate.people[who, SKILL] ** 2 * estimate.unsure)
    cell = who * columns + np.maximum(group, 0)

    def summed(rows: Floats) -> Floats:
        return sums(cell, weight * rows, judgements.annotators * columns).reshape(-1, columns)

    squares = summed(estimate.others**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Slopes(summed(estimate.others * unbiased(judgements, estimate)) / squares, 1.0 / np.sqrt(squares))


def unbiased(judgements: Judgements, estimate: Estimate) -> Floats:
    """(n,) what was said, less what the person's biases had in it."""
    biases = np.column_stack([np.where(judgements.first_left, 1.0, -1.0), judgements.doublings])
    return estimate.said - (estimate.people[judgements.annotator, SIDE:] * biases).sum(axis=1)


def found(judgements: Judgements, estimate: Estimate, subject: Integers, subjects: int, late: Booleans) -> Found:
    """`subject` (n,) of each judgement's prompt, −1 for none; `late` (n,) in the second half of a sitting."""
    shown = figures(estimate)
    dissents = contrary(slopes(judgements, estimate, subject, subjects))
    return Found(
        guesses=(shown.right.high < GUESSING) & ~dissents.any(axis=1),
        one_sided=shown.left.beyond(0.5, ONE_SIDED),
        by_length=shown.longer.beyond(0.5, BY_LENGTH),
        tires=rise(judgements, estimate, late) > TIRING,
        dissents=dissents,
    )


def contrary(by_subject: Slopes) -> Booleans:
    """(A, G) below zero there, and above on all the rest together."""
    weight = np.where(np.isfinite(by_subject.error), by_subject.error**-2.0, 0.0)
    agreed = weight * np.nan_to_num(by_subject.value)
    rest = weight.sum(axis=1, keepdims=True) - weight
    above = (agreed.sum(axis=1, keepdims=True) - agreed) > CONTRARY * np.sqrt(rest)
    return (agreed < -CONTRARY * np.sqrt(weight)) & above


def rise(judgements: Judgements, estimate: Estimate, late: Booleans) -> Floats:
    """(A,) by how many standard errors a person's squared distances from what the others found are larger when late."""
    skill = estimate.people[judgements.annotator, SKILL]
    away = (unbiased(judgements, estimate) - skill * estimate.others) ** 2
    cell = judgements.annotator * 2 + late

    def summed(rows: Floats) -> Floats:
        return sums(cell, rows, judgements.annotators * 2).reshape(-1, 2)

    count = np.maximum(summed(np.ones_like(away)), 1.0)
    mean = summed(away) / count
    error = np.maximum(summed(away**2) / count - mean**2, NOTHING) / count
    return (mean[:, 1] - mean[:, 0]) / np.sqrt(error.sum(axis=1))


def foreseen(judgements: Judgements, estimate: Estimate) -> tuple[Floats, Booleans]:
    """How probably somebody chooses the first response, by what the others said of the pair and what they lean to, and
    whether they did: (m,) each, of the judgements of pairs that others judged as well and whose answers nobody knows.
    So it is seen whether the model is as sure as it is right, though no answer is known."""
    from scipy.special import ndtr

    judged = np.bincount(judgements.comparison, minlength=len(judgements.known))[judgements.comparison]
    rows = np.flatnonzero((judged > 1) & (judgements.known[judgements.comparison] == 0))
    who = judgements.annotator[rows]
    skill, side, length = estimate.people[who].T
    mean = skill * estimate.others[rows] + side * np.where(judgements.first_left[rows], 1.0, -1.0)
    mean += length * judgements.doublings[rows]
    spread = np.sqrt(estimate.noise[who] + skill**2 * estimate.unsure[rows])
    return ndtr(mean / spread), judgements.chose_first[rows]
