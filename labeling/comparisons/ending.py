"""Ending a conversation: its author may at any time, and has passed on the pair that they leave unjudged."""

from django.db import transaction

from labeling.comparisons import passing
from labeling.comparisons.authoring import give_up
from labeling.comparisons.models import Assignment, Comparison, Pass, PassReason
from labeling.dialogues.models import Completion, Dialogue, State
from labeling.dialogues.stopping import NOTHING_YET


@transaction.atomic
def end(dialogue: Dialogue) -> Pass | None:
    """The pass that this is, if it is one. Raises TooManyPasses.

    A pair that is still being written counts as well: its texts are read as they come, and who could end it without
    limit would choose what to judge. One of which a response failed is nobody's choice.
    """
    own = Assignment.objects.filter(comparison__turn__dialogue=dialogue, kind=Assignment.Kind.AUTHOR, done_at=None)
    assignment = own.select_related("person", "comparison__round__project", "comparison__turn__dialogue").first()
    passed = None
    if assignment:
        assignment.hold()
        if passing.waits(assignment) and not has_failed(assignment.comparison):
            passed = passing.note(assignment, PassReason.UNSAID if assignment.comparison.ready_at else PassReason.ENDED)
    give_up(dialogue)
    return passed


def has_failed(comparison: Comparison) -> bool:
    """Whether a response could not be written; that its author stopped it is another thing."""
    failed = Completion.objects.filter(pk__in=(comparison.first_id, comparison.second_id), state=State.FAILED)
    return failed.exclude(error=NOTHING_YET).exists()
