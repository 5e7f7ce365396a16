"""An answer that is not accepted: it stays as it is, and what it was to count for is asked again."""

from django.db import connection, transaction

from labeling.comparisons import leases
from labeling.comparisons.models import Assignment


@transaction.atomic
def to_same_person(rejected: Assignment) -> Assignment | None:
    """The next thing they get is this pair again, on the sides as it was. None where it counted for nothing any more,
    as for one that was sent back before."""
    held = Assignment.objects.select_for_update().get(pk=rejected.pk)
    if held.slot is None or held.done_at is None:
        return None
    slot = held.slot
    held.leave_slot()
    return held.comparison.assignments.create(
        person=held.person,
        axis=held.axis,
        slot=slot,
        kind=Assignment.Kind.REWORK,
        swapped=held.swapped,
        guideline=held.guideline,
        chance=1,
    )


@transaction.atomic
def to_somebody_else(rejected: Assignment) -> None:
    """Whoever comes next and has not seen the pair is asked, while its round is open."""
    with connection.cursor() as cursor:
        cursor.execute(leases.REJECTED, {"assignment": rejected.pk})
