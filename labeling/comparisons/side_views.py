"""One side of a pair: stopped while it is written, and asked for again."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from labeling.comparisons.asking_again import ask_again
from labeling.comparisons.next_step import next_step
from labeling.comparisons.steps import pair_step
from labeling.comparisons.views import show
from labeling.comparisons.workbench import Desk
from labeling.dialogues import stopping
from labeling.dialogues.models import Completion
from labeling.projects.access import PersonRequest, sign_in_required


@require_POST
@sign_in_required
def stop(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """What was written so far stays. One that is complete, and not shown before the other one is, says so."""
    completion = own(request, pk)
    stopping.stop(completion)
    return pair_of(request, completion, ended=True)


@require_POST
@sign_in_required
def retry(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask again for this side, and for it alone."""
    completion = own(request, pk)
    ask_again(completion)
    return pair_of(request, completion)


def own(request: PersonRequest, pk: uuid.UUID) -> Completion:
    mine = Completion.objects.filter(turn__dialogue__author=request.user, turn__dialogue__ended_at=None)
    return get_object_or_404(mine.select_related("turn__dialogue__round__project"), pk=pk)


def pair_of(request: PersonRequest, completion: Completion, ended: bool = False) -> HttpResponse:
    desk = Desk.of(request.user, completion.turn.dialogue.project_id)
    assignment = desk.waiting_for(completion.turn.pk)
    if assignment is None:
        return show(request, desk, next_step(desk))
    step = pair_step(assignment)
    for side in step.sides:
        if ended and side.key == str(completion.pk):
            side.stop_url = ""  # told to whoever asked, and to nobody else: the pace of a side is not to be seen
    return show(request, desk, step)
