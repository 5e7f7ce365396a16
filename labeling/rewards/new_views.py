"""Asking for a reward model."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labeling.datasets.models import Snapshot
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.typed import whole
from labeling.rewards.forms import RunForm
from labeling.rewards.models import Run


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str) -> HttpResponse:
    """`snapshot` in the address is the number of the one that is offered first. Whoever sends the same form twice gets
    one."""
    project = managed_project(request, slug)
    offered = whole(request.GET.get("snapshot", ""))
    form = RunForm(request.POST if request.method == "POST" else None, project=project, offered=offered)
    if request.method == "POST" and form.is_valid():
        terms = {"kind": Run.Kind.QUICK, "wanted": {}, "made_by": request.user, **form.cleaned_data}
        return redirect("run", slug, Run.objects.ask(project, **terms).number)
    context: dict[str, Any] = {"project": project, "form": form}
    context["has_snapshots"] = project.snapshots.filter(state=Snapshot.State.READY).exists()
    return render(request, "rewards/new.html", context, status=422 if form.errors else 200)
