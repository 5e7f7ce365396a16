"""Passing on a pair: nobody has to judge what they would rather not, and nobody passes on whatever is hard."""

import uuid
from typing import cast

from django.db import transaction
from django.utils import timezone

from labeling.comparisons import at_once, leases
from labeling.comparisons.models import Assignment, NotReady, Pass, PassReason
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Axis


class TooManyPasses(Exception):
    """The person has passed on as many pairs in a row as the project lets them."""


@transaction.atomic
def pass_on(assignment: Assignment, reason: str, comment: str, key: uuid.UUID) -> Pass:
    """The person is asked about this pair no more, and their conversation ends; another's pair goes to somebody else.
    What they have judged of it stays.

    The same key twice is one pass of the pair. Raises NotReady when there is nothing to pass on any more, and
    TooManyPasses.
    """
    assignment.hold()
    if before := assignment.person.passes.filter(comparison=assignment.comparison, key=key).first():
        return before
    if assignment.comparison.ready_at is None or not waits(assignment):
        raise NotReady
    passed = note(assignment, reason, comment, key)
    if assignment.is_own:
        cast(Turn, assignment.comparison.turn).dialogue.end()
    else:
        leases.release(assignment)
    return passed


def waits(assignment: Assignment) -> bool:
    """Whether the pair, which is held, is still to be judged on one of its axes."""
    mine = assignment.comparison.assignments.of(assignment.person).filter(done_at=None)
    if not assignment.is_own:
        return mine.filter(leased_until__isnull=False).exists()
    return cast(Turn, assignment.comparison.turn).dialogue.ended_at is None and mine.exists()


def note(assignment: Assignment, reason: str, comment: str = "", key: uuid.UUID | None = None) -> Pass:
    """That its person passed on the pair, which is held: once, though a part of it may have been sent back to them
    since. Raises TooManyPasses."""
    person, comparison = assignment.person, assignment.comparison
    if before := person.passes.standing().filter(comparison=comparison).first():
        return before
    if Pass.objects.in_a_row(person, comparison.round, at_once.today()["midnight"]) >= comparison.project.max_passes:
        raise TooManyPasses
    return person.passes.create(
        comparison=comparison, round=comparison.round, reason=reason, comment=comment, key=key or uuid.uuid4()
    )


@transaction.atomic
def undo(passed: Pass) -> bool:
    """The pair is there again, once or twice undone; one that was judged all the same stays over.

    False when its responses were never complete, when its round takes no work any more, or when the person may have no
    more pairs: it counts as a new one does.
    """
    if passed.reason == PassReason.ENDED or not passed.round.hold_open():
        return False
    at_once.hold(passed.person)
    waiting = list(passed.comparison.assignments.of(passed.person).filter(done_at=None).order_by("axis"))
    own = not waiting or waiting[0].is_own
    dialogue = Dialogue.objects.select_for_update().get(turns=passed.comparison.turn_id) if own else None
    if Pass.objects.standing().filter(pk=passed.pk).update(undone_at=timezone.now()) and waiting:
        room = at_once.has_room(passed.person, passed.round, [Axis(each.axis) for each in waiting])
        if not room or not (dialogue or all(leases.take_up(each) for each in waiting)):
            transaction.set_rollback(True)
            return False
        if dialogue:
            dialogue.reopen()
    return True


def take_back(judged: Assignment) -> bool:
    """Undo the pass on a pair that was judged all the same, in another tab; whether there was one.

    It stands for the axes that are left where there is no room for another pair.
    """
    before = Pass.objects.standing().filter(person=judged.person_id, created_at__lt=judged.done_at)
    passed = before.filter(comparison=judged.comparison_id).select_related("round", "comparison", "person").first()
    return passed is not None and undo(passed)
