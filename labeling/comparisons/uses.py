"""How often a prompt of the set is used in a round: by one person once, and by all of them as often as the round says.

A use is a conversation that begins with it, the one in stock included, since that will be somebody's.
"""

from typing import Any, TypeVar

from django.db import connection
from django.db.models import Count, Q, QuerySet

from labeling.dialogues.models import Turn
from labeling.projects.models import Prompt, Round

Prompts = TypeVar("Prompts", bound=QuerySet[Prompt, Any])
LOCK = 0x7A1F  # of PostgreSQL's advisory locks: the uses of a round's prompts are counted one after the other


def is_left(round_: Round, prompt: Prompt) -> bool:
    """Whether it may be used once more, which stays so until the transaction ends."""
    if round_.prompt_uses is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, round_.pk])
    return _uses(round_).filter(prompt=prompt).count() < round_.prompt_uses


def unused_up(round_: Round, prompts: Prompts) -> Prompts:
    """Those of which there is a use left, read without a lock."""
    if round_.prompt_uses is None:
        return prompts
    counted = _uses(round_).order_by().values("prompt").annotate(n=Count("pk"))
    return prompts.exclude(pk__in=counted.filter(n__gte=round_.prompt_uses).values("prompt"))


def _uses(round_: Round) -> QuerySet[Turn]:
    """None that failed in stock, where nobody saw it."""
    seen = Q(dialogue__author__isnull=False) | Q(dialogue__ended_at=None)
    return Turn.objects.filter(seen, number=1, prompt__isnull=False, dialogue__round=round_)
