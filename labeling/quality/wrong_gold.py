"""Which answers that are held to be certain are wrong: those that people miss who are right about all the others. Pure.

A person is trusted about one such answer by what they said of the others alone, so nobody's miss speaks against
themselves; and what is doubtful already speaks for or against nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from labeling.quality.evidence import CERTAIN
from labeling.quality.shares import Share

MOSTLY = 0.5  # of those who are trusted


class Answer(NamedTuple):
    gold: int
    person: int
    right: bool


@dataclass(frozen=True)
class Said:
    """What one person said of it, and how they did on the others."""

    person: int
    right: bool
    others: Share

    @property
    def is_trusted(self) -> bool:
        return self.others.low > CERTAIN


@dataclass(frozen=True)
class Evidence:
    said: list[Said]

    @property
    def right(self) -> Share:
        return Share(sum(one.right for one in self.said), len(self.said))

    @property
    def missed(self) -> Share:
        """By those who are trusted."""
        trusted = [one for one in self.said if one.is_trusted]
        return Share(sum(not one.right for one in trusted), len(trusted))

    @property
    def is_wrong(self) -> bool:
        return self.missed.low > MOSTLY


def weigh(answers: Iterable[Answer], doubtful: Iterable[int] = ()) -> dict[int, Evidence]:
    """All answers on one axis. As long as one more proves wrong the others are weighed anew without it, for a wrong one
    makes whoever is right about it look bad about all of them."""
    given, away = list(answers), set(doubtful)
    while True:
        found = evidence(given, away)
        wrong = {gold for gold, one in found.items() if one.is_wrong} - away
        if not wrong:
            return found
        away |= wrong


def evidence(answers: list[Answer], away: set[int]) -> dict[int, Evidence]:
    shares: dict[int, Share] = defaultdict(Share)
    said: dict[int, list[Said]] = defaultdict(list)
    for gold, person, right in answers:
        if gold not in away:
            shares[person] += Share(right, 1)
    for gold, person, right in answers:
        others = shares[person] if gold in away else shares[person] - Share(right, 1)
        said[gold].append(Said(person, right, others))
    return {gold: Evidence(those) for gold, those in said.items()}
