"""An answer that is not accepted: it stays as it is, and what it was to count for is asked again."""

from django.db import transaction

from labeling.comparisons.giving_back import REJECTED, give_back
from labeling.comparisons.models import Assignment, Comparison, Overlap


@transaction.atomic
def to_same_person(rejected: Assignment, note: str = "") -> Assignment | None:
    """The next thing they get is this pair again, on the sides as it was, with the note above it. None where it counted
    for nothing any more, as for one that was sent back before; and for who judged elsewhere, whom nobody can ask."""
    held = Assignment.objects.select_for_update().get(pk=rejected.pk)
    if held.slot is None or held.done_at is None:
        return None
    slot = held.slot
    held.leave_slot()
    if held.kind == Assignment.Kind.IMPORTED:
        return None
    return held.comparison.assignments.create(
        person=held.person,
        axis=held.axis,
        slot=slot,
        kind=Assignment.Kind.REWORK,
        swapped=held.swapped,
        guideline=held.guideline,
        chance=1,
        note=note,
    )


@transaction.atomic
def to_somebody_else(rejected: Assignment) -> None:
    """Whoever comes next and has not seen the pair is asked, while its round is open."""
    give_back(REJECTED, assignment=rejected.pk)


@transaction.atomic
def take_back(rejected: Assignment, rework: Assignment | None) -> bool:
    """It counts again. False once its person, or somebody else where there is no `rework`, has begun to judge anew, and
    where its person has withdrawn it."""
    if rejected.is_withdrawn() or (slot := _unbegun(rework) if rework else _free(rejected)) is None:
        return False
    rejected.slot = slot
    rejected.save(update_fields=["slot"])
    return True


def _unbegun(rework: Assignment) -> int | None:
    """The slot of what nobody has seen, and which is there no more."""
    waiting = Assignment.objects.select_for_update().filter(pk=rework.pk, leased_until=None, done_at=None).first()
    if waiting is None:
        return None
    waiting.delete()
    return waiting.slot


def _free(rejected: Assignment) -> int | None:
    if rejected.kind == Assignment.Kind.IMPORTED:  # nobody was asked in its place
        Comparison.objects.select_for_update(no_key=True).get(pk=rejected.comparison_id)  # nor takes one meanwhile
        held = rejected.comparison.assignments.filter(axis=rejected.axis, slot__isnull=False)
        taken = set(held.values_list("slot", flat=True))
        return next(slot for slot in range(len(taken) + 1) if slot not in taken)
    asked = Overlap.objects.select_for_update().filter(comparison=rejected.comparison_id, axis=rejected.axis).first()
    return asked.take((0,) if rejected.is_own else None) if asked else None
