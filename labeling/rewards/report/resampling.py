"""How far a figure may be off: the bootstrap over root prompts. Pure.

What is resampled are roots with all that began with them (the cluster bootstrap of A. C. Davison and D. V. Hinkley,
"Bootstrap Methods and their Application", 1997, section 3.8), so the interval is about other prompts like these. All
figures of a report are of the same draws, and each is a ratio of sums, so that one product of matrices has them all.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.quality.agreement import DRAWS, FEWEST, SEED
from labeling.rewards.report.held import Floats, Integers

AT_ONCE = 100  # draws that are multiplied at a time: of 10,000 roots, 8 MB


@dataclass(frozen=True)
class Figure:
    """Of `n` comparisons, or responses. `low` and `high` are the percentile bootstrap's 2.5 and 97.5 %; None where
    fewer than FEWEST prompts tell nothing of others, or where no draw differs."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    def kept(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Resampled:
    """`times` (1 + draws x roots): how often each root is drawn. The first row is the sample itself, each root once."""

    times: NDArray[np.uint16]
    place: Integers  # (n,) of each comparison's root

    @classmethod
    def of(cls, root: Integers, draws: int = DRAWS, seed: int = SEED) -> "Resampled":
        keys, place = np.unique(root, return_inverse=True)
        roots = len(keys)
        drawn = np.random.default_rng(seed).multinomial(roots, np.full(roots, 1 / max(roots, 1)), size=draws)
        return cls(np.concatenate([np.ones((1, roots)), drawn]).astype(np.uint16), place)

    def sums(self, values: Floats) -> Floats:
        """(1 + draws x k) of what is said of each comparison, (n x k)."""
        of_roots = self.by_root(values)
        parts = range(0, len(self.times), AT_ONCE)
        return np.concatenate([self.times[begin : begin + AT_ONCE].astype(np.float64) @ of_roots for begin in parts])

    def by_root(self, values: Floats) -> Floats:
        """(roots x k)"""
        summed = np.zeros((self.times.shape[1], values.shape[1]))
        np.add.at(summed, self.place, values)
        return summed

    def share(self, hits: Floats, of: Floats | None = None) -> Figure:
        """The sum of `hits` (n,) over the sum of `of`, which are all comparisons unless it says which."""
        counted = np.ones(len(hits)) if of is None else of
        return self.shares(hits[:, None], counted[:, None])[0]

    def shares(self, hits: Floats, of: Floats) -> list[Figure]:
        """The same for k of them at once, (n x k). `of` is 1 or 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.sums(hits * of) / self.sums(of)
        told = (self.by_root(of) > 0).sum(0)
        n = (of > 0).sum(0)
        return [figure(values[:, k], int(told[k]), int(n[k])) for k in range(of.shape[1])]

    @property
    def roots(self) -> int:
        return self.times.shape[1]


def figure(values: Floats, roots: int, n: int) -> Figure:
    """From the figure and those of all draws."""
    value, draws = values[0], values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value):
        return Figure(None, None, None, n)
    if roots < FEWEST or len(draws) < len(values) / 2 or np.ptp(draws) < 1e-12:
        return Figure(float(value), None, None, n)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(float(value), float(low), float(high), n)
