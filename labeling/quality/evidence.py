"""What speaks for looking at how somebody judges, and what kind of matter it may be. Pure.

A signal is there only where the whole interval of a share lies beyond its limit, of ten answers at least: what may be
chance is none. Nothing
follows from a signal by itself but that somebody should look, and how quickly a person works is never one.

Whoever differs from the others may be careless, or may be right. What tells the two apart is how they deal with what
does not depend on the others: they find the answers that are certain, and say the same when they see a pair again.
"""

from dataclasses import dataclass
from enum import StrEnum

from labeling.quality.shares import Share

FEWEST = 10  # answers behind a signal
CERTAIN = 0.75  # of answers that are certain, and of pairs seen again; who tosses a coin has 0.5
EVEN = (0.35, 0.65)  # of choices for the response that stood as A: the sides are drawn
APART = 0.15  # points from the others: choosing the longer response, and siding with the majority


class Signal(StrEnum):
    """By what is compared."""

    GOLD = "gold"  # misses answers that are certain
    REPEATS = "repeats"  # says something else of a pair seen again, with its sides swapped
    SIDE = "side"  # chooses one side, whatever stands there
    LENGTH = "length"  # chooses by length, unlike the others
    MAJORITY = "majority"  # chooses otherwise than most of the others


class Matter(StrEnum):
    """What the signals together may mean, for whoever looks at them."""

    NONE = "none"
    CARELESS = "careless"  # what does not depend on the others speaks for it
    MINORITY = "minority"  # differs from the others, and is sure in all else: a view of their own
    OPEN = "open"  # differs from the others, and too little else is known


NOTHING = Share()


@dataclass(frozen=True)
class Habits:
    """What was counted of one person's judgements, or of everybody's together.

    `majority` is of comparisons on which most of the others chose the same; `longer` of those whose lengths differ.
    """

    gold: Share = NOTHING
    repeats: Share = NOTHING
    side: Share = NOTHING
    longer: Share = NOTHING
    majority: Share = NOTHING

    def __add__(self, other: "Habits") -> "Habits":
        return Habits(**{name: share + getattr(other, name) for name, share in vars(self).items()})

    def __sub__(self, part: "Habits") -> "Habits":
        return Habits(**{name: share - getattr(part, name) for name, share in vars(self).items()})


def signals(own: Habits, others: Habits) -> list[Signal]:
    """Beyond which limits a person is; `others` without them."""
    length, majority = others.longer.value, others.majority.value
    found = {
        Signal.GOLD: (own.gold, own.gold.high < CERTAIN),
        Signal.REPEATS: (own.repeats, own.repeats.high < CERTAIN),
        Signal.SIDE: (own.side, own.side.high < EVEN[0] or own.side.low > EVEN[1]),
        Signal.LENGTH: (own.longer, length is not None and beyond(own.longer, length)),
        Signal.MAJORITY: (own.majority, majority is not None and own.majority.high < majority - APART),
    }
    return [signal for signal, (share, there) in found.items() if there and share.of >= FEWEST]


def beyond(own: Share, others: float) -> bool:
    return own.high < others - APART or own.low > others + APART


def matter(own: Habits, found: list[Signal]) -> Matter:
    if not found:
        return Matter.NONE
    if found != [Signal.MAJORITY]:
        return Matter.CARELESS
    sure = own.gold.low > CERTAIN and own.repeats.low > CERTAIN
    return Matter.MINORITY if sure else Matter.OPEN
