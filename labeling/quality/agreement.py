"""How far people agree, and by how much more than chance would have it. Pure.

Two comparisons on which the same votes fell are the same to every coefficient, so what is read here is `Votes`: each
pattern of votes once, with how often it came. A million judgements are a few hundred patterns, and to resample the
comparisons is one multinomial draw over these.

The coefficients are those of irrCAC and krippendorff, and the tests hold them to the figures that those give for their
published examples. They are written out here since neither takes patterns: a bootstrap would call them a thousand times
over all comparisons; and irrCAC is pinned to a SciPy and a NumPy that the rest of this program has left behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)  # signed degrees: below zero the second completion was chosen, above it the first
FEWEST = 10  # comparisons under which no interval is given: resampling so few says less than it seems to
DRAWS = 1000  # of the bootstrap
SEED = 2307_09288


@dataclass(frozen=True)
class Votes:
    """`counts` (patterns x categories): how many chose each category. `times`: on how many comparisons."""

    counts: Floats
    times: NDArray[np.int64]

    @classmethod
    def of(cls, patterns: Mapping[tuple[int, ...], int]) -> "Votes":
        """From the votes on a comparison, by category, to the number of comparisons with just these. In one order, so
        that the same votes are resampled alike."""
        counts, times = zip(*sorted(patterns.items()), strict=True)
        return cls(np.array(counts, dtype=np.float64), np.array(times, dtype=np.int64))

    def choice(self) -> "Votes":
        """Of votes on the eight steps: which completion was chosen, whatever the degree."""
        half = self.counts.shape[1] // 2
        return Votes(np.stack([self.counts[:, :half].sum(1), self.counts[:, half:].sum(1)], axis=1), self.times)

    def resampled(self, draws: int, seed: int) -> NDArray[np.int64]:
        """(draws x patterns): how often each pattern is among as many comparisons, drawn with replacement."""
        return np.random.default_rng(seed).multinomial(self.times.sum(), self.times / self.times.sum(), size=draws)


@dataclass(frozen=True)
class Estimate:
    """`low` and `high` are the percentile bootstrap's 2.5 and 97.5 %; None where there is too little to tell.

    What is resampled are comparisons, so the interval is about others like them, judged by the same people.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


def identity(categories: int) -> Floats:
    """Nothing but the same category agrees: raw agreement, and AC1."""
    return np.eye(categories)


def linear(categories: int) -> Floats:
    """1 − |i − j|/(q − 1): a step counts the same wherever it is."""
    return 1 - _distance(categories) / (categories - 1)


def quadratic(categories: int) -> Floats:
    """1 − (i − j)²/(q − 1)²: the usual weights of a scale whose steps are even; far apart counts for much."""
    return 1 - _distance(categories) ** 2 / (categories - 1) ** 2


def _distance(categories: int) -> Floats:
    steps = np.arange(categories, dtype=np.float64)
    return np.abs(steps[:, None] - steps[None, :])


def observed(votes: Votes, times: NDArray[Any], weights: Floats) -> Floats:
    """p_a of K. L. Gwet, "Handbook of Inter-Rater Reliability", 4th edition (2014), chapter 5: over comparisons with
    two votes or more, the mean share of their pairs of votes that agree, by the weights. One figure a row of `times`.
    """
    of_each, pairs = _agreeing(votes, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(times @ of_each / (times @ pairs))


def _agreeing(votes: Votes, weights: Floats) -> tuple[Floats, Floats]:
    """Of each pattern, the share of its pairs of votes that agree; and whether it has any, as 1 or 0."""
    counts, raters = votes.counts, votes.counts.sum(1)
    several = raters >= 2
    agree = (counts * (counts @ weights - 1)).sum(1)
    possible = np.where(several, raters * (raters - 1), 1)
    return np.where(several, agree / possible, 0.0), several.astype(np.float64)


def gwet(votes: Votes, times: NDArray[Any], weights: Floats) -> Floats:
    """AC1 with identity weights, AC2 with others (Gwet, chapter 5): (p_a − p_e)/(1 − p_e), where by chance agree
    p_e = T_w/(q(q − 1)) Σ π_k(1 − π_k), T_w the sum of all weights. Steady where nearly all votes are the same."""
    categories = votes.counts.shape[1]
    share = times @ (votes.counts / votes.counts.sum(1, keepdims=True)) / times.sum(-1, keepdims=True)
    chance = weights.sum() / (categories * (categories - 1)) * (share * (1 - share)).sum(-1)
    return np.asarray((observed(votes, times, weights) - chance) / (1 - chance))


def alpha(votes: Votes, times: NDArray[Any], weights: Floats) -> Floats:
    """1 − D_o/D_e of K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), with 1 − weight as the
    difference: identity weights are his nominal metric, quadratic ones his interval metric. Not a number where all
    votes are the same. It falls towards zero where nearly all are, however well people agree: read it beside AC1."""
    counts, raters = votes.counts, votes.counts.sum(1)
    several, apart = raters >= 2, 1 - weights
    within = (counts * (counts @ apart)).sum(1)
    differing = times @ np.where(several, within / np.where(several, raters - 1, 1), 0.0)
    votes_in_all = times @ (counts * several[:, None])
    expected = ((votes_in_all @ apart) * votes_in_all).sum(-1) / (votes_in_all.sum(-1) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - differing / expected)


COEFFICIENTS = {
    "raw": (observed, identity, True),
    "ac1": (gwet, identity, True),
    "alpha_choice": (alpha, identity, True),
    "ac2": (gwet, quadratic, False),
    "ac2_linear": (gwet, linear, False),
    "alpha_scale": (alpha, quadratic, False),
}
"""By name: the coefficient, its weights, and whether it is about the choice alone or about the eight steps."""


def estimates(votes: Votes, draws: int = DRAWS, seed: int = SEED) -> dict[str, Estimate]:
    """All of `COEFFICIENTS`, on the same draws, from votes on the eight steps."""
    choice, again = votes.choice(), votes.resampled(draws if votes.times.sum() >= FEWEST else 0, seed)
    times = np.concatenate([votes.times[None, :], again])
    found = {}
    for name, (coefficient, weights, on_choice) in COEFFICIENTS.items():
        of = choice if on_choice else votes
        found[name] = _estimate(coefficient(of, times, weights(of.counts.shape[1])), int(votes.times.sum()))
    return found


def _estimate(values: Floats, comparisons: int) -> Estimate:
    """From the figure and those of all draws. Draws that all agree leave open how far it may be off."""
    value, draws = values[0], values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value):
        return Estimate(None)
    if comparisons < FEWEST or len(draws) < len(values) / 2 or np.ptp(draws) < 1e-12:
        return Estimate(float(value))
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(value), float(low), float(high))
