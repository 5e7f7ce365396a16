"""Which judgements wait for a reviewer, in which order, and why.

The texts are read of one at a time, and only so many keys that a reviewer can go forth and back among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.judgements import PAIR
from labeling.comparisons.models import Assignment, Judgement, Outcome
from labeling.projects.models import Project, Round
from labeling.projects.typed import whole
from labeling.quality import habits
from labeling.quality.evidence import Signal
from labeling.quality.models import Review, Total, Unreviewed
from labeling.quality.reviewing import TAKES_REVIEWS

KEYS = 200  # read at once
MANY = 2_000  # of those that wait; to count on takes longer than it says anything


class By(TextChoices):
    """What is reviewed first, and then the rest."""

    SAMPLE = "sample", _("The oldest first")
    SPLIT = "split", _("Lowest agreement first")
    FLAGGED = "flagged", _("People who stand out first")


@dataclass(frozen=True)
class Asked:
    """As an address says it. What makes no sense there asks for nothing. `only` leaves out all but what the order puts
    first; of the rest a share is drawn."""

    by: By = By.SAMPLE
    round: Round | None = None
    axis: str = ""
    share: int = 100  # of each person's judgements
    only: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, Any], project: Project) -> "Asked":
        by, axis, share = asked.get("by", ""), asked.get("axis", ""), whole(asked.get("share", ""))
        return cls(
            by=By(by) if by in By else By.SAMPLE,
            round=rounds(project).filter(number=whole(asked.get("round", "")) or 0).first(),
            axis=axis if axis in project.axes else "",
            share=share if share and share <= 100 else project.review_share,
            only=asked.get("only") == "1",
        )

    @property
    def values(self) -> dict[str, Any]:
        """What an address says of it."""
        said = {"by": self.by.value, "round": self.round and self.round.number, "axis": self.axis, "share": self.share}
        said["only"] = int(self.only)
        return {name: value for name, value in said.items() if value}


def rounds(project: Project) -> QuerySet[Round]:
    return project.rounds.filter(state__in=TAKES_REVIEWS).order_by("number")


def waiting(project: Project, reviewer: Person, asked: Asked) -> QuerySet[Unreviewed]:
    """What counts, nobody has decided about, and is not the reviewer's own."""
    axis = {"axis": asked.axis} if asked.axis else {}
    within = [asked.round] if asked.round else list(rounds(project))
    return Unreviewed.objects.filter(project=project, round__in=within, **axis).exclude(person=reviewer)


def parts(project: Project, reviewer: Person, asked: Asked) -> list[QuerySet[Unreviewed]]:
    """What waits, in the order in which it is reviewed: one part after the other."""
    found = waiting(project, reviewer, asked)
    rest = found.filter(draw__lt=asked.share).order_by("pk")
    match asked.by:
        case By.SPLIT:
            first = found.filter(agreement__isnull=False).order_by("agreement", "comparison_id", "pk")
            rest = rest.filter(agreement=None)
        case By.FLAGGED:
            people = list(flagged(project, asked))
            first, rest = found.filter(person__in=people).order_by("draw", "pk"), rest.exclude(person__in=people)
        case _:
            return [rest]
    return [first] if asked.only else [first, rest]


def keys(found: list[QuerySet[Unreviewed]]) -> list[int]:
    """Of the first so many."""
    first: list[int] = []
    for part in found:
        if room := KEYS - len(first):
            first += part.values_list("pk", flat=True)[:room]
    return first


def counted(found: list[QuerySet[Unreviewed]]) -> int:
    """One more than MANY means more than that."""
    return sum(part.order_by()[: MANY + 1].count() for part in found)


def still(keys: list[int]) -> list[int]:
    """Those of them that wait this moment: what is kept may be some seconds behind."""
    counts = {"judgement__assignment__judgement": F("judgement"), "judgement__assignment__slot__isnull": False}
    decided = Review.objects.standing().filter(judgement=OuterRef("judgement"))
    waiting = Unreviewed.objects.filter(pk__in=keys, **counts).exclude(Exists(decided))
    there = set(waiting.values_list("pk", flat=True))
    return [key for key in keys if key in there]


def flagged(project: Project, asked: Asked) -> dict[int, list[Any]]:
    """Of whom something stands out, and what."""
    axes = [asked.axis] if asked.axis else project.axes_in_order()
    rows = Total.objects.filter(project=project, axis__in=axes).exclude(signals=[])
    found: dict[int, list[Any]] = {}
    for person, signals in rows.order_by("pk").values_list("person", "signals"):
        found.setdefault(person, []).extend(habits.SIGNALS[Signal(name)] for name in signals)
    return found


@dataclass(frozen=True)
class Queue:
    """`at` is the place of what is shown among those that wait, from 1; `left` how many do, `more` if there are more
    than were counted."""

    shown: Judgement | None
    at: int
    left: int
    more: bool
    before: int | None
    after: int | None

    @classmethod
    def of(cls, project: Project, reviewer: Person, asked: Asked, wanted: int | None) -> "Queue":
        """Around the one that is wanted, if it waits; else from the first."""
        found = parts(project, reviewer, asked)
        first = keys(found)
        if not (there := still(first)):
            return cls(None, 0, 0, more=False, before=None, after=None)
        left = counted(found) if len(first) == KEYS else len(there)
        left, more = min(left, MANY), left > MANY
        place = there.index(wanted) if wanted in there else 0
        before, after = there[place - 1] if place else None, there[place + 1] if place + 1 < len(there) else None
        shown = Judgement.objects.select_related(*PAIR).get(pk=there[place])
        return cls(shown, place + 1, left, more, before, after)


def votes(judgement: Judgement) -> tuple[int, int]:
    """How many of those that count chose as this one did, and how many otherwise."""
    assignment = judgement.assignment
    same_pair = Assignment.objects.counted().filter(comparison=assignment.comparison_id, axis=judgement.axis)
    chosen = list(same_pair.filter(judgement__outcome=Outcome.JUDGED).values_list("judgement__chosen", flat=True))
    alike = sum(one == judgement.chosen_id for one in chosen)
    return alike, len(chosen) - alike
