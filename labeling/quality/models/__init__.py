"""Can it be trusted: what is known to be right, and the figures that were computed of what was judged."""

from labeling.quality.models.computation import Computation
from labeling.quality.models.figures import Agreement, Bearing, Breakdown, Counted, Counts, Sureness, Total
from labeling.quality.models.gold import GoldAnswer, GoldCopy
from labeling.quality.models.proposals import Likely, NotProposed
from labeling.quality.models.review import Review
from labeling.quality.models.unreviewed import Unreviewed

__all__ = [
    "Agreement",
    "Bearing",
    "Breakdown",
    "Computation",
    "Counted",
    "Counts",
    "GoldAnswer",
    "GoldCopy",
    "Likely",
    "NotProposed",
    "Review",
    "Sureness",
    "Total",
    "Unreviewed",
]
