"""Judging what somebody else began, and whether anybody more is asked about it."""

import uuid

from django.db import transaction
from django.utils import timezone

from labeling.comparisons.models import Assignment, Outcome, Overlap, Pass, Timing
from labeling.comparisons.models.judgement import Said

RETIRES = 2  # people who say that it cannot be judged


@transaction.atomic(savepoint=False)
def judge(
    assignment: Assignment, said: Said, key: uuid.UUID, timing: Timing | None = None, instead_of: int | None = None
) -> bool:
    """Record what somebody says of another's comparison. True where it takes back that they had passed on the pair.
    Raises what `Assignment.judge` raises.

    One whose lease has lapsed takes a slot that is free, else it is surplus: kept and credited, but counted by nobody.
    """
    judgement = assignment.judge(said, key, timing, instead_of)
    if assignment.kind == Assignment.Kind.OVERLAP and judgement.revision == 1:
        settle(assignment)
    passed = Pass.objects.standing().filter(person=assignment.person_id, comparison=assignment.comparison_id)
    return passed.update(undone_at=timezone.now()) > 0


def settle(assignment: Assignment) -> None:
    """The slot that the answer fills, and whether anybody else is to be asked."""
    overlap = Overlap.objects.select_for_update().get(comparison=assignment.comparison_id, axis=assignment.axis)
    if assignment.slot is None and (slot := overlap.take()) is not None:
        assignment.slot = slot
        assignment.save(update_fields=["slot"])
    counted = assignment.comparison.assignments.filter(axis=assignment.axis).counted()
    said = list(counted.values_list("judgement__outcome", "judgement__chosen"))
    choices = [chosen for outcome, chosen in said if outcome == Outcome.JUDGED]
    if len(said) - len(choices) >= RETIRES:
        overlap.ask_no_more()
        assignment.comparison.retire()
    elif len(said) == overlap.wanted < overlap.most and is_split(choices):
        overlap.ask_one_more()


def is_split(choices: list[uuid.UUID]) -> bool:
    """No response has more than half of the votes."""
    return max((choices.count(choice) for choice in set(choices)), default=0) * 2 <= len(choices)
