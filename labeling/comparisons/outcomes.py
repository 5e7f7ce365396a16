"""What becomes of a pair that its author does not judge."""

import uuid

from django.db import transaction

from labeling.comparisons import passing
from labeling.comparisons.models import Assignment, CannotBeJudged, Timing


@transaction.atomic
def cannot_judge(
    assignment: Assignment, said: CannotBeJudged, key: uuid.UUID, timing: Timing, instead_of: int | None = None
) -> None:
    """Record it on this axis and on those that the person has not judged yet; nothing was chosen, so the dialogue ends.

    The time it took is told once, on the axis on which it was said. Raises what `Assignment.judge` raises.
    """
    assignment.judge(said, key, timing, instead_of)
    comparison = assignment.comparison
    for other in comparison.assignments.of(assignment.person).filter(kind=assignment.kind, done_at=None):
        other.judge(said, key)
    if comparison.turn:
        passing.take_back(assignment)
        comparison.turn.dialogue.end()
