"""One's own answers: to look over, and to change."""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons import reading
from labeling.comparisons.judgements import page
from labeling.comparisons.mine import Answer, answers, projects
from labeling.comparisons.steps import pair_step
from labeling.comparisons.views import show
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Turn
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.languages import is_tag
from labeling.projects.models import Project
from labeling.projects.typed import whole


@require_safe
@never_cache
@sign_in_required
def mine(request: PersonRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(projects(request.user), slug=slug)
    before = whole(request.GET.get("before", ""))
    rows, older = page([answers(request.user, project)], before)
    found = [Answer.of(row) for row in rows]
    context = {
        **{"project": project, "answers": found, "before": before, "older": older},
        "works_here": Project.objects.open_to(request.user).filter(pk=project.pk).exists(),
    }
    return render(request, "comparisons/mine.html", context)


@require_safe
@never_cache
@sign_in_required
def change(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """An answer of one's own, open to be changed: in the workbench's place for htmx, else as a page that leads back."""
    assignment = reading.assignment(request.user, pk)
    if assignment is None:
        raise Http404
    return show(request, Desk.of(request.user, assignment.comparison.project_id), pair_step(assignment))


@require_POST
@sign_in_required
def correct_language(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Of a prompt that one sent, at any time: it says what the prompt is, and nothing of what was judged."""
    turn = get_object_or_404(Turn.objects.of(request.user).select_related("dialogue__project"), pk=pk)
    tag = request.POST.get("language", "")
    if not is_tag(tag):
        raise BadRequest("not a language tag")
    turn.correct_language(tag)
    messages.success(request, _("The language of the prompt is corrected."))
    return redirect("mine", turn.dialogue.project.slug)
