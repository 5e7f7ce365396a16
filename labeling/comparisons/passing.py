"""Passing on a pair: nobody has to judge what they would rather not, and nobody passes on whatever is hard."""

import uuid
from typing import cast

from django.db import transaction
from django.utils import timezone

from labeling.comparisons import at_once
from labeling.comparisons.models import Assignment, NotReady, Pass
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Axis


class TooManyPasses(Exception):
    """The person has passed on as many pairs in a row as the project lets them."""


@transaction.atomic
def pass_on(assignment: Assignment, reason: str, comment: str, key: uuid.UUID) -> Pass:
    """The person is asked about this pair no more, and the conversation ends; what they have judged of it stays.

    The same key twice is one pass. Raises NotReady when there is nothing to pass on any more, and TooManyPasses.
    """
    person, comparison = assignment.person, assignment.comparison
    assignment.hold()
    if before := person.passes.filter(key=key).first():
        return before
    waiting = comparison.assignments.of(person).filter(done_at=None, comparison__turn__dialogue__ended_at=None)
    if comparison.ready_at is None or not waiting.exists():
        raise NotReady
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    if Pass.objects.in_a_row(person, comparison.round, midnight) >= comparison.project.max_passes:
        raise TooManyPasses
    passed = person.passes.create(
        comparison=comparison, round=comparison.round, reason=reason, comment=comment, key=key
    )
    cast(Turn, comparison.turn).dialogue.end()
    return passed


@transaction.atomic
def undo(passed: Pass) -> bool:
    """The pair is there again, once or twice undone; one that was judged all the same stays over.

    False when its round takes no work any more, or when the person may have no more pairs: it counts as a new one does.
    """
    if not passed.round.hold_open():
        return False
    at_once.hold(passed.person)
    own = Dialogue.objects.select_for_update().get(turns=passed.comparison.turn_id)
    waiting = passed.comparison.assignments.of(passed.person).filter(done_at=None)
    if Pass.objects.standing().filter(pk=passed.pk).update(undone_at=timezone.now()) and waiting.exists():
        if not at_once.has_room(passed.person, passed.round, [Axis(each.axis) for each in waiting]):
            transaction.set_rollback(True)
            return False
        own.reopen()
    return True
