"""Judging what somebody else began, and whether anybody more is asked about it."""

import uuid

from django.db import transaction
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, Outcome, Overlap, Pass, Timing
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
    on_both = Overlap.objects.select_for_update().filter(comparison=assignment.comparison_id).order_by("axis")
    overlap = {one.axis: one for one in on_both}[assignment.axis]
    late = assignment.slot is None and not assignment.is_withdrawn()
    if late and (slot := overlap.take()) is not None:
        assignment.slot = slot
        assignment.save(update_fields=["slot"])
    counted = assignment.comparison.assignments.filter(axis=assignment.axis).counted()
    said = list(counted.values_list("judgement__outcome", "judgement__chosen"))
    choices = [chosen for outcome, chosen in said if outcome == Outcome.JUDGED]
    if len(said) - len(choices) >= RETIRES:
        retire(assignment.comparison)
    elif len(said) == overlap.wanted < overlap.most and is_split(choices):
        overlap.ask_one_more()


def retire(comparison: Comparison) -> None:
    """Nobody is asked about it any more, on any axis."""
    comparison.retire()
    Overlap.objects.with_room().filter(comparison=comparison).update(free=[])


def ask_again(comparison: Comparison) -> None:
    """It is retired no more: whatever nobody holds of it is free again."""
    Comparison.objects.filter(pk=comparison.pk).update(retired_at=None)
    for overlap in Overlap.objects.select_for_update().filter(comparison=comparison).order_by("axis"):
        held = comparison.assignments.filter(axis=overlap.axis, slot__isnull=False).values_list("slot", flat=True)
        overlap.free = sorted(set(range(overlap.wanted)) - set(held))
        overlap.save(update_fields=["free"])


def is_split(choices: list[uuid.UUID]) -> bool:
    """No response has more than half of the votes."""
    return max((choices.count(choice) for choice in set(choices)), default=0) * 2 <= len(choices)
