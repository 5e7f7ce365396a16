"""Reward models of a project: those there are, and one with how far it has come or what it is worth."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.rewards import reporting, sending, showing, stream
from labeling.rewards.in_words import asked_for
from labeling.rewards.models import Run
from labeling.rewards.tables import RunFilter, RunTable, listed
from labeling.tables import Listing

OTHERS = 20  # runs that one may be compared with, the newest


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = managed_project(request, slug)
    listing = Listing.of(request, RunTable, RunFilter, listed(project.runs.all()))
    return listing.answer(request, "rewards/index.html", {"project": project})


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    run = one(request, slug, number)
    context = {**how_far(run), "asked": asked_for(run)}
    if run.state == Run.State.READY:
        context["sections"] = showing.sections(run, reporting.of(run))
        others = run.project.runs.filter(state=Run.State.READY).exclude(pk=run.pk).order_by("-number")
        context["right_column"] = [("model", _("Right"))]
        context["others"] = others.defer("report", "curve")[:OTHERS]
    return render(request, "rewards/run.html", context)


@require_safe
@never_cache
@manager_required
def progress(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """For htmx, which asks until it is over, and then loads the page anew; whoever comes by themselves is led there."""
    run = one(request, slug, number)
    if not request.headers.get("HX-Request"):
        return redirect("run", slug, number)
    answer = render(request, "rewards/progress.html", how_far(run))
    if not run.is_unfinished:
        answer["HX-Refresh"] = "true"
    return answer


def how_far(run: Run) -> dict[str, Any]:
    """`is_alone`: no worker that trains is there to take it up."""
    waits = run.kind == Run.Kind.TRAINED and run.state == Run.State.WAITING
    return {"project": run.project, "run": run, "is_alone": waits and not stream.is_worker_there()}


@require_safe
@never_cache
@manager_required
def report(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """All of it, as a file."""
    run = one(request, slug, number)
    if run.state != Run.State.READY:
        return redirect("run", slug, number)
    answer = JsonResponse(reporting.of(run), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{slug}-reward-model-{number}.json"'
    return answer


@require_POST
@manager_required
def cancel(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    if sending.cancel(one(request, slug, number)):
        messages.success(request, _("It is cancelled: what its worker still says of it changes nothing."))
    else:
        messages.error(request, _("It is over already."))
    return redirect("run", slug, number)


@require_POST
@manager_required
def again(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    if not sending.try_again(one(request, slug, number)):
        messages.error(request, _("It neither failed nor was cancelled."))
    return redirect("run", slug, number)


def one(request: PersonRequest, slug: str, number: int) -> Run:
    project = managed_project(request, slug)
    found = Run.objects.select_related("project", "snapshot", "mixed_in", "base", "made_by")
    return get_object_or_404(found, project=project, number=number)
