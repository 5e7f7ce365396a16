"""What becomes of a pair that somebody cannot judge."""

import uuid

from django.db import transaction

from labeling.comparisons import overlapping, passing
from labeling.comparisons.models import Assignment, CannotBeJudged, Timing


@transaction.atomic
def cannot_judge(
    assignment: Assignment, said: CannotBeJudged, key: uuid.UUID, timing: Timing, instead_of: int | None = None
) -> None:
    """Record it on this axis and on those that the person has not judged yet; nothing was chosen, so the dialogue of an
    author ends.

    The time it took is told once, on the axis on which it was said. Raises what `Assignment.judge` raises.
    """
    comparison = assignment.comparison
    others = comparison.assignments.of(assignment.person).filter(kind=assignment.kind, done_at=None)
    if not assignment.is_own:
        assignment.hold()
        list(others.select_for_update())  # before any slot: whoever takes back leases holds them in this order
        overlapping.judge(assignment, said, key, timing, instead_of)
        for other in others:
            overlapping.judge(other, said, key)
        return
    judgement = assignment.judge(said, key, timing, instead_of)
    if judgement.is_new and judgement.revision > 1:
        overlapping.settle(assignment, judgement)
    for other in others:
        other.judge(said, key)
    if comparison.turn:
        passing.take_back(assignment)
        comparison.turn.dialogue.end()
