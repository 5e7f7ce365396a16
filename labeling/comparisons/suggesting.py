"""Which prompt of the round's set somebody is offered."""

import random

from django.db.models import QuerySet

from labeling.comparisons import stock, uses
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Turn
from labeling.projects.models import Prompt, Round

NEXT_FEW = 5
"""Suggestions follow the set's order, which its author chose, without everybody getting the same one at once."""
MOST_IN_STOCK = 50


def prompts(desk: Desk) -> QuerySet[Prompt]:
    """Those of the round's set that fit the project."""
    if desk.round is None or desk.round.prompt_set_id is None:
        return Prompt.objects.none()
    return Prompt.objects.filter(prompt_set=desk.round.prompt_set_id).fitting(desk.project)


def again(desk: Desk, key: int) -> Prompt | None:
    """The one that was sent and refused; None where it is gone, or used by them or up."""
    return uses.unused_up(desk.round, unused(desk)).filter(pk=key).first() if desk.round else None


def another(desk: Desk, than: str | None) -> Prompt | None:
    """One that this person has not used in this project yet, and not the one just declined."""
    keys = candidates(desk, desk.round, than) if desk.round else []
    return Prompt.objects.get(pk=random.choice(keys)) if keys else None  # noqa: S311 - no secret hangs on it


def unused(desk: Desk) -> QuerySet[Prompt]:
    """In the order of the set."""
    used = Turn.objects.of(desk.person).filter(dialogue__project=desk.project, prompt__isnull=False)
    return prompts(desk).exclude(pk__in=used.values("prompt")).order_by("pk")


def candidates(desk: Desk, round_: Round, another_than: str | None) -> list[int]:
    """Those to choose from, found without reading the whole set; the one just declined only where it is the last.

    Whatever is in stock comes first, since nobody has to wait for it: any of it, for the stock is filled in the set's
    order, and of two people who are offered the same pair one has to wait.
    """
    left = unused(desk).values_list("pk", flat=True)
    in_stock = left.filter(pk__in=stock.ready(round_, desk.person).values("turns__prompt"))[:MOST_IN_STOCK]
    next_few = uses.unused_up(round_, left)[: NEXT_FEW + 1]  # what is in stock is a use already
    ready, few = ([pk for pk in found if str(pk) != another_than] for found in (in_stock, next_few))
    return ready or few[:NEXT_FEW] or list(next_few)
