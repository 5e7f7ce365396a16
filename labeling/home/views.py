"""The page people land on: what is waiting for them, and what they manage."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.comparisons.workbench import Desk
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import Project


@require_GET
@never_cache
@sign_in_required
def home(request: PersonRequest) -> HttpResponse:
    person = request.user
    enrolments = [enrolled(desk) for desk in Desk.all_of(person)]
    context = {"enrolments": enrolments, "managed": Project.objects.managed_by(person).order_by("name", "pk")}
    return render(request, "home/home.html", context)


def enrolled(desk: Desk) -> dict[str, Any]:
    url = reverse("workbench", args=[desk.project.slug])
    return {
        "project": {"name": desk.project.name, "description": desk.project.description, "url": url},
        "axes": [axis.label for axis in desk.axes],
        "waiting": waiting(desk),
        "open": desk.round is not None and not desk.finished_for_today,
        "url": url,
    }


def waiting(desk: Desk) -> str:
    """One sentence on what there is to do."""
    if desk.round is None:
        return _("Paused.") if desk.project.stopped_at else _("No round is open.")
    if desk.finished_for_today:
        return _("Done for today.")
    if desk.quota_today is None:
        return _("Round %(n)d is open.") % {"n": desk.round.number}
    return _("%(left)d judgements left today.") % {"left": desk.quota_today - desk.done_today}
