"""Conversations that their author has left alone, or has left for good: closed, and never given to somebody else.

A pair that nobody comes back to would count towards its round's target for ever. What was judged stays, and a page that
is still open may still send its judgement: it is taken, as any late answer is.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import at_once
from labeling.comparisons.authoring import give_up
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import UNFINISHED, Completion, Dialogue
from labeling.projects.models import Project, Round

LEFT_ALONE = timedelta(hours=24)  # longer than a night, shorter than a weekly round can wait


def left_alone() -> QuerySet[Dialogue]:
    """Dialogues with a pair to judge in which nothing has happened for so long, and nothing is being written."""
    since = timezone.now() - LEFT_ALONE
    seen = Assignment.objects.filter(Q(created_at__gt=since) | Q(done_at__gt=since), comparison=OuterRef("pk"))
    written = Completion.objects.filter(Q(state__in=UNFINISHED) | Q(finished_at__gt=since), turn=OuterRef("turn"))
    waiting = Comparison.objects.under_way().filter(round__state=Round.State.OPEN, project__stopped_at=None)
    return Dialogue.objects.filter(turns__comparison__in=waiting.exclude(Exists(seen)).exclude(Exists(written)))


def close() -> None:
    for pk in list(left_alone().values_list("pk", flat=True)):
        _close(pk)


@transaction.atomic
def close_of(person: Person, **_: Any) -> None:
    """Receives `left_cohort`: what they have begun in projects that offer them no work any more."""
    at_once.hold(person)
    begun = Dialogue.objects.filter(author=person, ended_at=None).exclude(project__in=Project.objects.open_to(person))
    for dialogue in begun.select_for_update().order_by("pk"):
        give_up(dialogue)


@transaction.atomic
def _close(pk: UUID) -> None:
    """Unless its author is back: whoever judges or goes on holds the dialogue, and has done so once we hold it."""
    held = Dialogue.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if held and left_alone().filter(pk=pk).exists():
        give_up(held)
