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
from labeling.projects.models import Axis, Project, Round
from labeling.projects.typed import whole
from labeling.quality import habits
from labeling.quality.models import Review, Unreviewed
from labeling.quality.reviewing import TAKES_REVIEWS

KEYS = 200  # read at once
MANY = 2_000  # of those that wait; to count on takes longer than it says anything


class By(TextChoices):
    """What is reviewed first."""

    SAMPLE = "sample", _("A share of everybody’s")
    SPLIT = "split", _("Lowest agreement first")
    FLAGGED = "flagged", _("People who stand out first")


@dataclass(frozen=True)
class Asked:
    """As an address says it. What makes no sense there asks for nothing."""

    by: By = By.SAMPLE
    round: Round | None = None
    axis: str = ""
    share: int = 100  # of each person's judgements

    @classmethod
    def of(cls, asked: Mapping[str, Any], project: Project) -> "Asked":
        by, axis, share = asked.get("by", ""), asked.get("axis", ""), whole(asked.get("share", ""))
        return cls(
            by=By(by) if by in By else By.SAMPLE,
            round=rounds(project).filter(number=whole(asked.get("round", "")) or 0).first(),
            axis=axis if axis in project.axes else "",
            share=share if share and share <= 100 else project.review_share,
        )

    @property
    def values(self) -> dict[str, Any]:
        """What an address says of it."""
        said = {"by": self.by.value, "round": self.round and self.round.number, "axis": self.axis, "share": self.share}
        return {name: value for name, value in said.items() if value}


def rounds(project: Project) -> QuerySet[Round]:
    return project.rounds.filter(state__in=TAKES_REVIEWS).order_by("number")


def waiting(project: Project, reviewer: Person, asked: Asked) -> QuerySet[Unreviewed]:
    """What counts, nobody has decided about, and is not the reviewer's own."""
    axis = {"axis": asked.axis} if asked.axis else {}
    within = [asked.round] if asked.round else list(rounds(project))
    return Unreviewed.objects.filter(project=project, round__in=within, **axis).exclude(person=reviewer)


def ordered(project: Project, reviewer: Person, asked: Asked) -> QuerySet[Unreviewed]:
    found = waiting(project, reviewer, asked)
    match asked.by:
        case By.SPLIT:
            return found.filter(agreement__isnull=False).order_by("agreement", "comparison_id", "pk")
        case By.FLAGGED:
            return found.filter(person__in=flagged(project, asked)).order_by("draw", "pk")
        case _:
            return found.filter(draw__lt=asked.share).order_by("pk")


def still(keys: list[int]) -> list[int]:
    """Those of them that wait this moment: what is kept may be some seconds behind."""
    counts = {"judgement__assignment__judgement": F("judgement"), "judgement__assignment__slot__isnull": False}
    decided = Review.objects.standing().filter(judgement=OuterRef("judgement"))
    waiting = Unreviewed.objects.filter(pk__in=keys, **counts).exclude(Exists(decided))
    there = set(waiting.values_list("pk", flat=True))
    return [key for key in keys if key in there]


def flagged(project: Project, asked: Asked) -> dict[int, list[Any]]:
    """Of whom something stands out, and what."""
    axes = [Axis(asked.axis)] if asked.axis else project.axes_in_order()
    found: dict[int, list[Any]] = {}
    for axis in axes:
        for known in habits.everybody(project, axis):
            if known.badges:
                found.setdefault(known.person.pk, []).extend(known.badges)
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
        found = ordered(project, reviewer, asked)
        first = list(found.values_list("pk", flat=True)[:KEYS])
        if not (keys := still(first)):
            return cls(None, 0, 0, more=False, before=None, after=None)
        left = found.order_by()[: MANY + 1].count() if len(first) == KEYS else len(keys)
        left, more = min(left, MANY), left > MANY
        place = keys.index(wanted) if wanted in keys else 0
        before, after = keys[place - 1] if place else None, keys[place + 1] if place + 1 < len(keys) else None
        shown = Judgement.objects.select_related(*PAIR).get(pk=keys[place])
        return cls(shown, place + 1, left, more, before, after)


def votes(judgement: Judgement) -> tuple[int, int]:
    """How many of those that count chose as this one did, and how many otherwise."""
    assignment = judgement.assignment
    same_pair = Assignment.objects.counted().filter(comparison=assignment.comparison_id, axis=judgement.axis)
    chosen = list(same_pair.filter(judgement__outcome=Outcome.JUDGED).values_list("judgement__chosen", flat=True))
    alike = sum(one == judgement.chosen_id for one in chosen)
    return alike, len(chosen) - alike
