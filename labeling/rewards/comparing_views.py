"""Two reward models beside each other, on the same comparisons: one of each axis, or two of the same."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.models import Axis
from labeling.rewards import reporting
from labeling.rewards.models import Run
from labeling.rewards.report.llama2 import TABLE
from labeling.rewards.showing import Figures, Line, behind
from labeling.rewards.views import one
from labeling.rewards.words import DEGREES

SIDES = ("one", "other")


@require_safe
@never_cache
@manager_required
def compare(request: PersonRequest, slug: str, number: int, other: int) -> HttpResponse:
    """What the second one has that the first has not."""
    both = one(request, slug, number), one(request, slug, other)
    context: dict[str, Any] = {"project": both[0].project, "run": both[0], "other": both[1], "both": both, "parts": []}
    if all(run.state == Run.State.READY for run in both):
        paired = reporting.paired(*both)
        context["columns"] = columns(both)
        context["snapshot"] = paired["snapshot"]
        context["parts"] = [part(both, Axis(axis), found) for axis, found in paired["axes"].items()]
    return render(request, "rewards/comparison.html", context)


def axes(both: tuple[Run, Run]) -> list[Axis]:
    """What they were trained for, each once."""
    return [Axis(axis) for axis in dict.fromkeys(run.axis for run in both)]


def columns(both: tuple[Run, Run]) -> list[tuple[str, str | Promise]]:
    names = [(name, _("Model %(number)d") % {"number": run.number}) for name, run in zip(SIDES, both, strict=True)]
    theirs = [(f"llama2-{axis}", _("Llama 2, for %(axis)s") % {"axis": axis.label.lower()}) for axis in axes(both)]
    return [*names, ("difference", _("The second less the first")), *theirs]


def part(both: tuple[Run, Run], axis: Axis, found: dict[str, Any]) -> dict[str, Any]:
    """One axis, by degree from the clearest on, then of all."""
    result, lines = found["result"], []
    for degree in ("4", "3", "2", "1", "overall") if result else ():
        asked = {} if degree == "overall" else {"degree": degree}
        figures: Figures = [(name, result[name][degree]) for name in (*SIDES, "difference")]
        figures += [(f"llama2-{of}", {"value": TABLE[of, axis][degree]}) for of in axes(both)]
        url = behind(both[1], axis, **asked)
        lines.append(Line(DEGREES[degree], url, result["one"][degree]["n"], figures, is_sum=degree == "overall"))
    return {"axis": axis, "lines": lines, **found}
