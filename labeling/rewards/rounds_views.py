"""The rounds of a project on one screen: what each brought, and what models and reward models make of it."""

from time import monotonic
from typing import Any, cast

from django.core.cache import caches
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.models import Axis, Project
from labeling.rewards import rounds as counted
from labeling.rewards.report.winning import standings
from labeling.rewards.words import BREAKDOWNS
from labeling.tables.listing import download


@require_safe
@never_cache
@manager_required
def rounds(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = managed_project(request, slug)
    axes, asked = project.axes_in_order(), request.GET.get("axis", "")
    axis = Axis(asked) if asked in axes else axes[0]
    if request.GET.get("as") == "csv":
        return download(f"{slug}-{axis}-rounds.csv", counted.file(counted.lines(project, axis)))
    return render(request, "rewards/rounds.html", {"project": project, "axis": axis, **lately(project, axis)})


def lately(project: Project, axis: Axis) -> dict[str, Any]:
    """Counted again only when ten times as long as it took has passed: much is judged, and several may look."""
    cache, key = caches["process"], f"rounds-{project.pk}-{axis}"
    if (known := cache.get(key)) is None:
        began = monotonic()
        known = found(project, axis)
        cache.set(key, known, timeout=10 * (monotonic() - began))
    return cast(dict[str, Any], known)


def found(project: Project, axis: Axis) -> dict[str, Any]:
    played, placed = counted.Played.of(project, axis), counted.placed(project)
    tested = counted.accuracies(project, axis)
    return {
        **{"lines": counted.lines(project, axis), "tested": tested, "held_out": counted.held_out(tested)},
        "places": placed(standings(played.games)),
        "broken_down": [
            (name, BREAKDOWNS[name], [(label, placed(of_one)) for label, of_one in parts])
            for name in ("language", "category")
            if (parts := played.by(name))
        ],
    }
