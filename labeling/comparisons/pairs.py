"""From two completions to a comparison, and from a comparison to the author who judges it first."""

from random import SystemRandom
from typing import Any

from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Completion, Turn
from labeling.projects.models import Axis, RoundGuideline

_random = SystemRandom()


def compare(turn: Turn) -> Comparison:
    """What becomes of a turn's two draws, once they are answered."""
    first, second = turn.completions.current().order_by("draw")
    return Comparison.objects.create(
        project=turn.dialogue.project,
        round=turn.dialogue.round,
        turn=turn,
        context=turn.messages(),
        first=first,
        second=second,
    )


def assign(comparison: Comparison, author: Person, axes: list[Axis]) -> None:
    """The author judges first, each axis by the guideline the round was opened with."""
    swapped = _random.random() < 0.5
    guidelines = dict(RoundGuideline.objects.filter(round=comparison.round_id).values_list("axis", "guideline"))
    Assignment.objects.bulk_create(
        Assignment(
            comparison=comparison,
            person=author,
            axis=axis,
            kind=Assignment.Kind.AUTHOR,
            swapped=swapped,
            guideline_id=guidelines[axis],
        )
        for axis in axes
    )


def mark_ready(turn: Turn, **_: Any) -> None:
    """Receives `turn_ready`."""
    Comparison.objects.filter(turn=turn, ready_at=None).update(ready_at=timezone.now())


def replace(old: Completion, new: Completion, **_: Any) -> None:
    """Receives `completion_redrawn`. A pair that is ready keeps its responses; a trigger sees to that as well."""
    waiting = Comparison.objects.filter(turn=new.turn_id, ready_at=None)
    waiting.filter(first=old).update(first=new)
    waiting.filter(second=old).update(second=new)
