"""From two completions to a comparison, and from a comparison to the author who judges it first."""

import uuid
from random import SystemRandom
from typing import Any

from django.db import connection
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.dialogues.models import Completion, Turn
from labeling.projects.models import Axis

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


def assigning(turn: str) -> str:
    """A statement that gives this turn's pair to its author, by what `terms` says."""
    return f"""
        INSERT INTO comparisons_assignment
            (id, comparison_id, person_id, axis, slot, kind, swapped, guideline_id, created_at)
        SELECT gen_random_uuid(), comparison.id, %(person)s, asked.axis, 0, 'author', %(swapped)s, asked.guideline_id,
            %(now)s
        FROM comparisons_comparison comparison
        JOIN projects_roundguideline asked ON asked.round_id = comparison.round_id AND asked.axis = ANY(%(axes)s)
        WHERE comparison.turn_id = {turn}
    """  # noqa: S608 - an expression of ours


ASSIGN = assigning("%(turn)s")


def terms(author: Person, axes: list[Axis]) -> dict[str, Any]:
    """The author judges first, each axis by the guideline the round was opened with."""
    swapped = _random.random() < 0.5
    return {"person": author.pk, "swapped": swapped, "now": timezone.now(), "axes": [str(axis) for axis in axes]}


def assign(turn: uuid.UUID, author: Person, axes: list[Axis]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ASSIGN, {"turn": turn, **terms(author, axes)})


def mark_ready(turn: Turn, **_: Any) -> None:
    """Receives `turn_ready`."""
    Comparison.objects.filter(turn=turn, ready_at=None).update(ready_at=timezone.now())


def replace(old: Completion, new: Completion, **_: Any) -> None:
    """Receives `completion_redrawn`. A pair that is ready keeps its responses, but for one that its author stopped and
    asked for again before judging; a trigger sees to that as well."""
    pair = Comparison.objects.filter(turn=new.turn_id)
    if not old.stopped:
        pair = pair.filter(ready_at=None)
    pair.filter(first=old).update(first=new, ready_at=None)
    pair.filter(second=old).update(second=new, ready_at=None)
