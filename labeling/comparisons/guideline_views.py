"""The guidelines that one works by, to be read again: a page, and what stands beside a prompt that is being written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.comparisons.guidelines import Guideline
from labeling.comparisons.workbench import Desk
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import Axis, GuidelineVersion


@require_safe
@never_cache
@sign_in_required
def guidelines(request: PersonRequest, slug: str) -> HttpResponse:
    """Of the round, on each axis this person works on."""
    desk = Desk.at(request.user, slug)
    found = desk.round.guidelines.filter(axis__in=desk.axes) if desk.round else GuidelineVersion.objects.none()
    mine = sorted(found, key=lambda version: desk.axes.index(Axis(version.axis)))
    part = "#texts" if request.headers.get("HX-Request") else ""
    context = {"project": desk.project, "guidelines": [Guideline.of(version) for version in mine]}
    return render(request, f"comparisons/guidelines.html{part}", context)
