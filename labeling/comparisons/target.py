"""How many comparisons a round asks for: when that is reached, and when there is nothing left that could be judged."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Prompt, Round
from labeling.projects.setting_up import Done

LOCK = 0x7A1E  # of PostgreSQL's advisory locks: the last pairs of a round are handed out one after the other
NEAR = 100  # comparisons before the target; fewer than so many people are handed one in the same moment


class RoundHasEnough(Exception):
    """What the target asks for is judged or under way. Nothing that somebody typed is ever refused with this."""


def is_full(round_: Round) -> bool:
    """Whether no prompt of the set may be handed out any more, which stays so until the transaction ends.

    The round and the person are held before this, dialogues after it.
    """
    if round_.target is None or Comparison.objects.filter(round=round_).count() < round_.target - NEAR:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, round_.pk])
    return Comparison.objects.enough_for(round_)


def done_rounds(rounds: Sequence[Round], **_: Any) -> dict[int, Done]:
    """Receives `done_asked`. Judgements are counted only where so many comparisons were made as the target asks for."""
    made = counted(Comparison.objects.filter(round__in=[round_ for round_ in rounds if round_.target is not None]))
    near = [round_ for round_ in rounds if round_.target is not None and made.get(round_.pk, 0) >= round_.target]
    judged = counted(Comparison.objects.judged().filter(round__in=near)) if near else {}
    found = {round_.pk: done(round_, judged.get(round_.pk, 0)) for round_ in rounds}
    return {pk: why for pk, why in found.items() if why}


def counted(comparisons: QuerySet[Comparison]) -> dict[int, int]:
    return dict(comparisons.order_by().values_list("round").annotate(Count("pk")))


def done(round_: Round, judged: int) -> Done | None:
    """Why an open round with so many judged comparisons needs nobody any more."""
    if round_.target is not None and judged >= round_.target:
        return Done.TARGET
    return Done.PROMPTS if not round_.project.allows_own_prompts and is_used_up(round_) else None


def is_used_up(round_: Round) -> bool:
    """Whether everybody has had every prompt, each of which a person gets once in a project, and no conversation is
    still open."""
    if Dialogue.objects.filter(round=round_, author__isnull=False, ended_at=None).exists():
        return False
    people = Person.objects.filter(
        memberships__left_at=None, memberships__cohort__enrolments__project=round_.project_id, is_active=True
    ).distinct()
    prompts = Prompt.objects.filter(prompt_set=round_.prompt_set_id).fitting(round_.project)
    had = Turn.objects.filter(dialogue__project=round_.project_id, prompt__in=prompts, dialogue__author__in=people)
    pairs = had.values("prompt", "dialogue__author").distinct().count()
    return people.exists() and pairs >= prompts.count() * people.count()
