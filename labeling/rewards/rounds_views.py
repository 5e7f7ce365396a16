"""The rounds of a project on one screen: what each brought, and what models and reward models make of it."""

from time import monotonic
from typing import cast

from django.core.cache import caches
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.models import Axis, Project
from labeling.rewards import overviews
from labeling.rewards import rounds as shown
from labeling.tables.listing import download


@require_safe
@never_cache
@manager_required
def rounds(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = managed_project(request, slug)
    axes, asked = project.axes_in_order(), request.GET.get("axis", "")
    axis = Axis(asked) if asked in axes else axes[0]
    overview = overviews.shown(project, axis)
    if request.GET.get("as") == "csv":
        return download(f"{slug}-{axis}-rounds.csv", shown.file(shown.lines(overview)))
    tested = lately_tested(project, axis)
    about = {"project": project, "axis": axis, "counted_at": overview.counted_at, "lines": shown.lines(overview)}
    about |= {"tested": tested, "held_out": shown.held_out(tested), "places": shown.places(overview.figures)}
    about["broken_down"] = shown.broken_down(overview.figures)
    return render(request, "rewards/rounds.html", about)


def lately_tested(project: Project, axis: Axis) -> list[shown.Tested]:
    """Found anew only when ten times as long as it took has passed: much may be held out, and several may look."""
    cache, key = caches["process"], f"rounds-{project.pk}-{axis}"
    if (known := cache.get(key)) is None:
        began = monotonic()
        known = shown.accuracies(project, axis)
        cache.set(key, known, timeout=10 * (monotonic() - began))
    return cast(list[shown.Tested], known)
