"""Whose judgements say how much: each comparison's answer, and each annotator's skill and biases, estimated together.

A comparison has a gap g, how much its first response is better; its answer is the sign of g. What a person said of it
is a number v: positive where the first response was chosen, the larger the stronger the degree, and divided by the root
mean square of what that person says, for everybody uses the scale in their own way. Then

    v = skill·g + side·s + length·l + noise,    g ~ N(longer·l, 1),    noise ~ N(0, that person's variance)

where s is 1 if the first response stood on the left and −1 otherwise, and l is how much longer it is than the second,
in doublings. It is a factor model with one factor and two things known of each judgement, estimated by EM (D. B. Rubin
and D. T. Thayer, "EM algorithms for ML factor analysis", Psychometrika 47 (1982) 69 to 76), with a distribution for
people's numbers and not only a point (C. M. Bishop, "Variational principal components", ICANN 1999, 509 to 514).

- The gap has a size: three people can agree on a close call and be wrong together, and who is unsure counts for less.
- Few judgements say little about anybody. Skills come from a normal distribution whose mean and spread are estimated,
  so of a clean pool all count about alike. Biases come from Student's t with 3 degrees of freedom around 0: most people
  have hardly any, some a lot. Noise is drawn towards that of the pool.
- What each degree is worth is estimated too, from what others said of the same comparison; where degrees mean nothing
  all become worth the same.
- That longer responses are better is taken into account when biases are estimated, so that only what goes beyond it is
  a person's. It is left out of the answer: no comparison is decided by the length of its responses. A preference for
  long ones that everybody shares cannot be told from it without known answers.
- Weariness, and a view that is different on one subject, are not in the model; `evidence` looks for both in what it
  leaves over.

Pure: numpy and SciPy, which is loaded by who computes: every other process starts a third of a second sooner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

DEGREES = 4
SKILL, SIDE, LENGTH = range(3)
PRIOR_SKILL, PRIOR_SPREAD = 0.7, 0.4  # mean of people's skill, and standard deviation between them
PRIOR_PEOPLE = 4.0  # how many people these two are worth
BIAS_SCALE, BIAS_FREEDOM = 0.1, 3.0  # of Student's t
PRIOR_NOISE, NOISE_WORTH, NOISE_OF_POOL = 0.5, 20.0, 50.0  # variance; judgements it is worth; those the pool's is worth
PRIOR_SCORES = np.array([0.4, 0.8, 1.2, 1.6])  # of the degrees: equally spaced
USE_WORTH = 20  # judgements of each degree, where it matters how often each is used
SCORES_WORTH = 60.0  # judgements of each degree
OWN_SCALE_WORTH = 5.0  # judgements
LONGER_WORTH = 20.0  # squared doublings
ROUNDS, ENOUGH = 300, 1e-3  # a round changes no probability by more


@dataclass(frozen=True)
class Judgements:
    """n judgements by A people of C comparisons, one row each. Of a person's repeats only the first belongs here, since
    the second may remember it."""

    annotator: Integers  # (n,) 0 to A − 1
    comparison: Integers  # (n,) 0 to C − 1
    chose_first: Booleans  # (n,)
    first_left: Booleans  # (n,)
    doublings: Floats  # (n,) log2(length of the first response / length of the second)
    degree: Integers  # (n,) 1, negligibly better or unsure, to 4, significantly better
    known: Integers  # (C,) 1 where the first response is known to be better, −1 the second, 0 where nobody knows
    annotators: int  # A


@dataclass(frozen=True)
class Estimate:
    """What the judgements say. A person's three numbers are skill, side and length."""

    first_better: Floats  # (C,) probability that the first response is better
    people: Floats  # (A, 3)
    covariance: Floats  # (A, 3, 3) of these
    noise: Floats  # (A,) variance
    said: Floats  # (n,) v
    others: Floats  # (n,) mean of the gap as all but this judgement have it
    unsure: Floats  # (n,) variance of it
    scores: Floats  # (4,) of the degrees, root mean square 1
    longer: float  # by how much the gap grows with a doubling
    mean: float  # of people's skill
    spread: float  # standard deviation of it between them


def estimate(judgements: Judgements, heard: Callable[[float], None] = lambda share: None) -> Estimate:
    """`heard` is told now and then which share of the way is behind us."""
    fit = Fit(judgements)
    before, way = np.full(len(judgements.known), np.inf), 0.0
    for number in range(ROUNDS):
        fit.find_gaps()
        found = fit.first_better()
        change = float(np.abs(found - before).max(initial=0.0))
        if change < ENOUGH:
            break
        way = max(way, number / ROUNDS, np.log(min(change, 1.0)) / np.log(ENOUGH))
        heard(way)
        before = found
        fit.find_people()
        fit.find_scores()
    others, unsure = fit.without_own(slice(None))
    covariance = fit.uncertainty(others, unsure)
    return Estimate(
        found, fit.people, covariance, fit.noise, fit.said, others, unsure, fit.scores, fit.longer, fit.mean, fit.spread
    )


class Fit:
    """The judgements, and what is believed of them in a round."""

    def __init__(self, judgements: Judgements) -> None:
        self.of = judgements
        self.sign = np.where(judgements.chose_first, 1.0, -1.0)
        self.side, self.length = np.where(judgements.first_left, 1.0, -1.0), judgements.doublings
        self.longer_first = np.zeros(len(judgements.known))  # (C,) in doublings
        self.longer_first[judgements.comparison] = judgements.doublings
        self.degree = judgements.degree - 1
        self.counts = np.bincount(self.degree, minlength=DEGREES) + USE_WORTH
        self.done = np.bincount(judgements.annotator, minlength=judgements.annotators)
        judged = np.bincount(judgements.comparison, minlength=len(judgements.known))
        self.several = np.flatnonzero(judged[judgements.comparison] > 1)  # rows of what others judged as well
        self.people = np.tile([PRIOR_SKILL, 0.0, 0.0], (judgements.annotators, 1))
        self.covariance = np.zeros((judgements.annotators, 3, 3))
        self.precision = np.tile([PRIOR_SPREAD**-2.0, *[BIAS_SCALE**-2.0] * 2], (judgements.annotators, 1))
        self.noise = np.full(judgements.annotators, PRIOR_NOISE)
        self.mean, self.spread, self.longer = PRIOR_SKILL, PRIOR_SPREAD, 0.0
        of_biases = np.ones_like(self.side), self.side * self.length, self.length**2  # the side's square is 1
        self.of_biases = [self.by_person(rows) for rows in of_biases]
        self.say(PRIOR_SCORES)

    def say(self, scores: Floats) -> None:
        """What everybody said, with these scores of the degrees."""
        self.scores = scores / np.sqrt(average(scores**2, self.counts))
        said = self.sign * self.scores[self.degree]
        squares = self.by_person(said**2)
        scale = (squares + OWN_SCALE_WORTH) / (self.done + OWN_SCALE_WORTH)
        self.said, self.squares = said / np.sqrt(scale)[self.of.annotator], squares / scale

    def by_person(self, rows: Floats) -> Floats:
        return sums(self.of.annotator, rows, self.of.annotators)

    def by_comparison(self, rows: Floats) -> Floats:
        return sums(self.of.comparison, rows, len(self.of.known))

    def find_gaps(self) -> None:
        """The E-step: (C,) mean and variance of each gap, first as the judgements alone have it."""
        who, skill = self.of.annotator, self.people[:, SKILL]
        mixed = skill[:, None] * self.people[:, SIDE:] + self.covariance[:, SKILL, SIDE:]
        by_side, by_length = mixed.T / self.noise  # (A,) each
        self.weight = ((skill**2 + self.covariance[:, SKILL, SKILL]) / self.noise)[who]  # (n,)
        self.pull = (skill / self.noise)[who] * self.said - by_side[who] * self.side - by_length[who] * self.length
        self.told = 1.0 + self.by_comparison(self.weight)
        self.pulled = self.by_comparison(self.pull)
        mean = (self.pulled + self.longer * self.longer_first) / self.told
        self.gap, self.variance = truncated(mean, 1.0 / self.told, self.of.known)

    def first_better(self) -> Floats:
        """(C,) from what was said alone: whatever their lengths, the two start even."""
        from scipy.special import ndtr

        return np.where(self.of.known == 0, ndtr(self.pulled / np.sqrt(self.told)), (self.of.known + 1) / 2)

    def find_people(self) -> None:
        """The M-step: a regression of what each person said on the gaps and the two biases."""
        gap, square = self.gap[self.of.comparison], (self.gap**2 + self.variance)[self.of.comparison]
        right = np.stack([self.by_person(column * self.said) for column in (gap, self.side, self.length)], axis=1)
        of_gaps = (self.by_person(one) for one in (square, gap * self.side, gap * self.length))
        products = symmetric(*of_gaps, *self.of_biases)
        prior = self.precision * [self.mean, 0.0, 0.0]
        within = products / self.noise[:, None, None] + self.precision[:, None, :] * np.eye(3)
        self.covariance = np.linalg.inv(within)
        self.people = np.einsum("aij,aj->ai", self.covariance, right / self.noise[:, None] + prior)
        second = self.covariance + self.people[:, :, None] * self.people[:, None, :]
        left = self.squares - 2 * (self.people * right).sum(axis=1) + (second * products).sum(axis=(1, 2))
        pool = (left.sum() + NOISE_WORTH * PRIOR_NOISE) / (self.done.sum() + NOISE_WORTH)
        self.noise = (left + NOISE_OF_POOL * pool) / (self.done + NOISE_OF_POOL)
        self.find_priors()

    def find_priors(self) -> None:
        """How people differ, and how much longer responses are better."""
        count = len(self.people) + PRIOR_PEOPLE
        self.mean = float(self.people[:, SKILL].sum() + PRIOR_PEOPLE * PRIOR_SKILL) / count
        uncertain = np.diagonal(self.covariance, axis1=1, axis2=2)
        skills = (self.people[:, SKILL] - self.mean) ** 2 + uncertain[:, SKILL]
        self.spread = float(np.sqrt((skills.sum() + PRIOR_PEOPLE * PRIOR_SPREAD**2) / count))
        self.precision[:, SKILL] = self.spread**-2.0
        biases = self.people[:, SIDE:] ** 2 + uncertain[:, SIDE:]
        self.precision[:, SIDE:] = (BIAS_FREEDOM + 1.0) / (BIAS_FREEDOM * BIAS_SCALE**2 + biases)
        self.longer = float(self.longer_first @ self.gap / (self.longer_first @ self.longer_first + LONGER_WORTH))

    def without_own(self, rows: slice | Integers) -> tuple[Floats, Floats]:
        """Mean and variance of the gap of each of these judgements' comparisons, as all others have it."""
        where = self.of.comparison[rows]
        told = self.told[where] - self.weight[rows]
        mean = (self.pulled[where] - self.pull[rows] + self.longer * self.longer_first[where]) / told
        return truncated(mean, 1.0 / told, self.of.known[where])

    def uncertainty(self, others: Floats, unsure: Floats) -> Floats:
        """(A, 3, 3) covariance of each person's numbers if all that is known of a gap is what the others said of it;
        that of the M-step takes the gaps for known. What nobody else judged says nothing about skill."""
        who, side, length = self.of.annotator, self.side, self.length
        weight = 1.0 / (self.noise[who] + self.people[who, SKILL] ** 2 * unsure)
        depends = others**2, others * side, others * length, np.ones_like(others), side * length, length**2
        within = symmetric(*(self.by_person(weight * column) for column in depends))
        return np.linalg.inv(within + self.precision[:, None, :] * np.eye(3))

    def find_scores(self) -> None:
        """What a degree is worth: how far the others, as this person sees it, say the same. As optimal scaling does it
        (F. W. Young, "Quantitative analysis of qualitative data", Psychometrika 46 (1981) 357 to 388)."""
        rows, degree = self.several, self.degree[self.several]
        gap, _ = self.without_own(rows)
        agreed = self.sign[rows] * self.people[self.of.annotator[rows], SKILL] * gap
        counts = np.bincount(degree, minlength=DEGREES)
        agreement = sums(degree, agreed, DEGREES)
        whole = agreement.sum()
        scale = average(self.scores, self.counts) * counts.sum() / whole if whole > 0 else 0.0
        usual = PRIOR_SCORES / np.sqrt(average(PRIOR_SCORES**2, self.counts))
        self.say((np.maximum(scale * agreement, 0.0) + SCORES_WORTH * usual) / (counts + SCORES_WORTH))


def symmetric(*cells: Floats) -> Floats:
    """(A, 3, 3) of the six numbers on and above each diagonal, row by row."""
    found = np.empty((len(cells[0]), 3, 3))
    for (row, column), cell in zip(zip(*np.triu_indices(3), strict=True), cells, strict=True):
        found[:, row, column] = found[:, column, row] = cell
    return found


def sums(where: Integers, rows: Floats, count: int) -> Floats:
    """(count,) of (n,) rows, by where each belongs."""
    return np.asarray(np.bincount(where, rows, minlength=count), dtype=np.float64)


def average(values: Floats, counts: Integers) -> float:
    return float(values @ counts / counts.sum())


def truncated(mean: Floats, variance: Floats, known: Integers) -> tuple[Floats, Floats]:
    """Mean and variance of normal variables of which the sign is known (1 or −1), or not (0)."""
    from scipy.special import log_ndtr

    those = np.flatnonzero(known)
    sign, deviation = known[those], np.sqrt(variance[those])
    at = sign * mean[those] / deviation
    ratio = np.exp(-(at**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(at))
    found, left = mean.copy(), variance.copy()
    found[those] += sign * deviation * ratio
    left[those] *= 1.0 - ratio * (ratio + at)
    return found, left
