"""Judgements, one at a time, for a reviewer to accept or to send back; and what comes back to their authors."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons.judgements import Reading
from labeling.comparisons.mine import projects
from labeling.comparisons.models import Judgement
from labeling.projects.access import PersonRequest, called, reviewed_project, sees_names, sign_in_required
from labeling.projects.models import Project, Round
from labeling.projects.typed import whole
from labeling.quality import feedback, queue, reviewing
from labeling.quality.models import Review
from labeling.quality.queue import Asked, By, Queue


class RejectForm(forms.Form):
    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": gettext_lazy("Say why, so that they can do better: they read it."),
            "max_length": gettext_lazy("Keep it under %(limit_value)d characters."),
        },
    )
    to = forms.ChoiceField(choices=Review.To.choices, error_messages={"required": gettext_lazy("Say who is asked.")})


@require_safe
@never_cache
@sign_in_required
def review(request: PersonRequest, slug: str) -> HttpResponse:
    return show(request, reviewed_project(request, slug), whole(request.GET.get("at", "")))


@require_POST
@sign_in_required
def decide(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """One is accepted, or sent back where a reason is sent along. The answer is the next one of the queue."""
    project = reviewed_project(request, slug)
    judgement = get_object_or_404(of(project), pk=pk)
    following = Queue.of(project, request.user, Asked.of(request.GET, project), pk).after
    form = RejectForm(request.POST) if "reason" in request.POST else None
    if form and not form.is_valid():
        return show(request, project, pk, form=form, status=422)
    try:
        if form:
            made = reviewing.reject(judgement, request.user, form.cleaned_data["reason"], form.cleaned_data["to"])
        else:
            made = reviewing.accept(judgement, request.user)
    except reviewing.NotForReview:
        gone = _("That one waits no more: somebody decided about it, or it was changed. This is the next one.")
        return show(request, project, following, notice=gone, status=409)
    return answer(request, project, following, made)


@require_POST
@sign_in_required
def undo(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """What one has decided oneself. It comes back to the page."""
    project = reviewed_project(request, slug)
    mine = request.user.reviews.filter(project=project).exclude(decision=Review.Decision.TAKEN_BACK)
    review = get_object_or_404(mine.select_related("judgement"), pk=pk)
    try:
        reviewing.take_back(review, request.user)
    except reviewing.NotForReview:
        late = _("That cannot be taken back any more: it was before, or its round takes no reviews now.")
        return show(request, project, whole(request.POST.get("at", "")), notice=late, status=409)
    except reviewing.Begun:
        begun = _("It is too late to take that back: whoever was asked anew has begun.")
        return show(request, project, whole(request.POST.get("at", "")), notice=begun, status=409)
    return answer(request, project, review.judgement_id, None)


def of(project: Project) -> Any:
    return Judgement.objects.filter(assignment__comparison__project=project).select_related(
        "assignment__person", "assignment__comparison__project"
    )


def answer(request: PersonRequest, project: Project, at: int | None, made: Review | None) -> HttpResponse:
    """For htmx the next one itself; a page leads there, so that to load it anew sends nothing again."""
    if request.headers.get("HX-Request"):
        return show(request, project, at, made=made)
    asked = Asked.of(request.GET, project).values | {"at": at or "", "undo": made.pk if made else ""}
    return redirect(f"{reverse('review', args=[project.slug])}?{urlencode(asked)}")


def show(
    request: PersonRequest,
    project: Project,
    at: int | None,
    *,
    made: Review | None = None,
    form: RejectForm | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = Asked.of(request.GET, project)
    found = Queue.of(project, request.user, asked, at)
    if request.method != "POST" and (key := whole(request.GET.get("undo", ""))):
        made = request.user.reviews.standing().filter(project=project, pk=key).first()
    context = {
        **{"project": project, "asked": asked, "queue": found, "made": made, "form": form, "notice": notice},
        **{"orders": By.choices, "rounds": queue.rounds(project), "query": urlencode(asked.values)},
        **(shown(request, project, asked, found.shown) if found.shown else {}),
    }
    template = "quality/review.html#review" if request.headers.get("HX-Request") else "quality/review.html"
    return render(request, template, context, status=status)


def shown(request: PersonRequest, project: Project, asked: Asked, judgement: Judgement) -> dict[str, Any]:
    """What the page says of one. Who gave it is said only to those who may know people by name."""
    assignment = judgement.assignment
    flagged = queue.flagged(project, asked) if asked.by == By.FLAGGED else {}
    return {
        "reading": Reading.of(judgement),
        "called": called(assignment.person, request.user) if sees_names(request.user) else "",
        "votes": queue.votes(judgement) if asked.by == By.SPLIT and judgement.chosen_id else None,
        "badges": flagged.get(assignment.person_id, []),
        "may_go_elsewhere": assignment.comparison.round.state == Round.State.OPEN,
    }


@require_safe
@never_cache
@sign_in_required
def came_back(request: PersonRequest, slug: str) -> HttpResponse:
    """What reviewers said about one's answers."""
    person = request.user
    project = get_object_or_404(projects(person), slug=slug)
    before = whole(request.GET.get("before", ""))
    rows, older = feedback.page(person, project, before)
    context = {
        **{"project": project, "feedback": rows, "older": older, "before": before},
        "works_here": Project.objects.open_to(person).filter(pk=project.pk).exists(),
    }
    return render(request, "quality/feedback.html", context)
