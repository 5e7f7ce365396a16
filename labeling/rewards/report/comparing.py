"""Two reward models on the same comparisons: what is the same to both cancels out. Pure."""

from typing import Any

import numpy as np

from labeling.rewards.report.accuracy import DEGREES, by_degree, hits, of_each
from labeling.rewards.report.held import Held
from labeling.rewards.report.resampling import Resampled


def compared(one: Held, other: Held) -> dict[str, Any] | None:
    """Of the same comparisons in the same order. `difference` is by how much the other one's accuracy is above that
    of the one, of all and by degree, each with its own interval from the draws that both have in common; None of none.
    """
    if not len(one):
        return None
    again = Resampled.of(one.root)
    right, right_too = hits(one.margin), hits(other.margin)
    which = [np.ones(len(one), dtype=np.bool_), *(one.degree == degree for degree in DEGREES)]
    gained = of_each(again, right_too - right, which)
    counts = {"both": (right > 0.5) & (right_too > 0.5), "one": (right > 0.5) & (right_too <= 0.5)}
    counts |= {"other": (right <= 0.5) & (right_too > 0.5), "neither": (right <= 0.5) & (right_too <= 0.5)}
    return {
        "comparisons": len(one),
        "one": by_degree(one, again, right),
        "other": by_degree(other, again, right_too),
        "difference": dict(zip(("overall", *map(str, DEGREES)), (figure.kept() for figure in gained), strict=True)),
        "right": {name: int(of.sum()) for name, of in counts.items()},
    }
