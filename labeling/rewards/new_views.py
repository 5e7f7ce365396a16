"""Asking for a reward model."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labeling.cohorts.models import Person
from labeling.datasets.models import Snapshot
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.models import Project
from labeling.projects.typed import whole
from labeling.rewards import asking
from labeling.rewards.forms import RunForm
from labeling.rewards.models import Run


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str) -> HttpResponse:
    """`snapshot` in the address is the number of the one that is offered first."""
    project = managed_project(request, slug)
    offered = whole(request.GET.get("snapshot", ""))
    form = RunForm(request.POST if request.method == "POST" else None, project=project, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("run", slug, made(project, form, request.user).number)
        except asking.NotPossible as error:
            form.add_error(None, str(error))
    context: dict[str, Any] = {"project": project, "form": form}
    context["has_snapshots"] = project.snapshots.filter(state=Snapshot.State.READY).exists()
    return render(request, "rewards/new.html", context, status=422 if form.errors else 200)


def made(project: Project, form: RunForm, by: Person) -> Run:
    """Whoever sends the same form twice gets one. Raises NotPossible."""
    asked = form.cleaned_data
    terms: dict[str, Any] = {name: asked[name] for name in ("axis", "snapshot", "number")}
    if asked["kind"] == Run.Kind.QUICK:
        return Run.objects.ask(project, **terms, kind=Run.Kind.QUICK, wanted={}, made_by=by)
    return asking.ask(**terms, base=asked["base"], wanted=form.wanted(), mixed_in=asked["mixed_in"], by=by)
