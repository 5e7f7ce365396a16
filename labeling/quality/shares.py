"""A share that was counted, and a slope, each with the interval that the one behind it lies in. Pure."""

from dataclasses import dataclass
from math import sqrt

from labeling.dialogues.intervals import Z95, wilson

FEWEST_FOR_A_SLOPE = 30  # pairs; under these the normal interval is too narrow


@dataclass(frozen=True)
class Share:
    """`hits` of `of`, with Wilson's interval."""

    hits: int = 0
    of: int = 0

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def low(self) -> float:
        return wilson(self.hits, self.of)[0]

    @property
    def high(self) -> float:
        return wilson(self.hits, self.of)[1]

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.of + other.of)

    def __sub__(self, part: "Share") -> "Share":
        """The rest, of which it is a part."""
        return Share(self.hits - part.hits, self.of - part.of)


@dataclass(frozen=True)
class Slope:
    """By how much the share that chose a response grows with every doubling of its length beside the other one's."""

    value: float
    low: float
    high: float
    of: int

    @classmethod
    def of_sums(cls, n: int, sxx: float, sxy: float, syy: float) -> "Slope | None":
        """Least squares of y, 1 where the first response was chosen and 0 where not, on x, the binary logarithm of the
        first one's length over the second one's; from n and the sums of squares and products about the means, which are
        PostgreSQL's regr_sxx, regr_sxy and regr_syy. None where there are too few, or all lengths are equal.

        A straight line through shares, since one can read it off: +0.1 is ten points more for twice the length.
        """
        if n < FEWEST_FOR_A_SLOPE or not sxx:
            return None
        slope = sxy / sxx
        reach = Z95 * sqrt(max(syy - slope * sxy, 0) / (n - 2) / sxx)
        return cls(slope, slope - reach, slope + reach, n)
