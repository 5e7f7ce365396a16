"""Judging what somebody else began, and whether anybody more is asked about it."""

import uuid

from django.db import transaction
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, Judgement, Outcome, Overlap, Pass, Timing
from labeling.comparisons.models.judgement import Said

RETIRES = 2  # people who say that it cannot be judged
ASKED = (Assignment.Kind.OVERLAP, Assignment.Kind.REWORK)  # whose answer takes a slot, if there is one for it


@transaction.atomic(savepoint=False)
def judge(
    assignment: Assignment, said: Said, key: uuid.UUID, timing: Timing | None = None, instead_of: int | None = None
) -> bool:
    """Record what somebody says of another's comparison. True where it takes back that they had passed on the pair.
    Raises what `Assignment.judge` raises.

    One whose lease has lapsed takes a slot that is free, else it is surplus: kept and credited, but counted by nobody.
    """
    judgement = assignment.judge(said, key, timing, instead_of)
    if judgement.is_new and assignment.kind in ASKED:
        settle(assignment, judgement)
    passed = Pass.objects.standing().filter(person=assignment.person_id, comparison=assignment.comparison_id)
    return passed.update(undone_at=timezone.now()) > 0


def settle(assignment: Assignment, judgement: Judgement) -> None:
    """The slot that the answer fills, and whether anybody else is to be asked, where anybody is but the author.

    One that is changed fills none: it counts as before, or was sent back.
    """
    overlap = hold(assignment.comparison).get(assignment.axis)
    if overlap is None:
        return
    late = assignment.slot is None and judgement.revision == 1 and not assignment.is_withdrawn()
    if late and (slot := overlap.take()) is not None:
        assignment.slot = slot
        assignment.save(update_fields=["slot"])
    said = counted(assignment.comparison, assignment.axis)
    choices = [chosen for outcome, chosen in said if outcome == Outcome.JUDGED]
    if cannot(said) >= RETIRES:
        retire(assignment.comparison)
    elif len(said) == overlap.wanted < overlap.most and is_split(choices):
        overlap.ask_one_more()


def hold(comparison: Comparison) -> dict[str, Overlap]:
    """What it asks of others, by axis: nobody else changes any of that until the transaction ends."""
    return {one.axis: one for one in comparison.overlaps.select_for_update().order_by("axis")}


def counted(comparison: Comparison, axis: str) -> list[tuple[str, uuid.UUID]]:
    """The outcome of each answer that counts, and what was chosen."""
    answers = comparison.assignments.filter(axis=axis).counted()
    return list(answers.values_list("judgement__outcome", "judgement__chosen"))


def cannot(said: list[tuple[str, uuid.UUID]]) -> int:
    return sum(outcome == Outcome.CANNOT for outcome, _chosen in said)


def retire(comparison: Comparison) -> None:
    """Nobody is asked about it any more, on any axis."""
    comparison.retire()
    Overlap.objects.with_room().filter(comparison=comparison).update(free=[])


def ask_again(comparison: Comparison) -> None:
    """It is retired no more, unless people say so as well: whatever nobody holds of it is free again."""
    overlaps = hold(comparison).values()
    if any(cannot(counted(comparison, overlap.axis)) >= RETIRES for overlap in overlaps):
        return
    Comparison.objects.filter(pk=comparison.pk).update(retired_at=None)
    for overlap in overlaps:
        held = comparison.assignments.filter(axis=overlap.axis, slot__isnull=False).values_list("slot", flat=True)
        overlap.free = sorted(set(range(overlap.wanted)) - set(held))
        overlap.save(update_fields=["free"])


def is_split(choices: list[uuid.UUID]) -> bool:
    """No response has more than half of the votes."""
    return max((choices.count(choice) for choice in set(choices)), default=0) * 2 <= len(choices)
