"""When a round needs nobody any more: its target is reached, or nothing is left that could be asked."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from labeling.comparisons import stock, uses
from labeling.comparisons.abandoned import LEFT_ALONE
from labeling.comparisons.models import Comparison
from labeling.dialogues.models import Dialogue, Turn
from labeling.exams.at_work import people_at_work
from labeling.projects.models import Prompt, Round
from labeling.projects.setting_up import Done


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
    """Whether everybody has had every prompt that is not used up, each of which a person gets once in a project, and
    nobody is in the middle of a conversation."""
    since = timezone.now() - LEFT_ALONE
    open_ = Dialogue.objects.filter(round=round_, author__isnull=False, ended_at=None)
    if open_.filter(turns__comparison__in=Comparison.objects.under_way()).exists():
        return False
    if open_.filter(turns__comparison__assignments__done_at__gt=since).exists():
        return False
    people = people_at_work(round_)
    prompts = Prompt.objects.filter(prompt_set=round_.prompt_set_id).fitting(round_.project)
    if round_.prompt_uses is not None:
        if stock.waiting(round_).exists():
            return False
        prompts = uses.unused_up(round_, prompts)
    had = Turn.objects.filter(dialogue__project=round_.project_id, prompt__in=prompts, dialogue__author__in=people)
    pairs = had.values("prompt", "dialogue__author").distinct().count()
    return people.exists() and pairs >= prompts.count() * people.count()
