"""The page people land on: what is waiting for them, and what they manage."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.comparisons.workbench import Desk
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import Project
from labeling.projects.setting_up import next_steps, why_done


@require_GET
@never_cache
@sign_in_required
def home(request: PersonRequest) -> HttpResponse:
    person = request.user
    desks = Desk.all_of(person)
    without = without_work(person, desks)
    context = {
        "enrolments": [enrolled(desk, has_work=desk.project.pk not in without) for desk in desks],
        "managed": managed(person),
    }
    return render(request, "home/home.html", context)


def without_work(person: Person, desks: list[Desk]) -> set[int]:
    """The projects whose open round needs nobody any more, but where this person has a pair to finish."""
    done = why_done([desk.round for desk in desks if desk.round])
    if not done:
        return set()
    begun = Comparison.objects.under_way().filter(round__in=done, turn__dialogue__author=person)
    unfinished = set(begun.values_list("project", flat=True))
    return {desk.project.pk for desk in desks if desk.round and desk.round.pk in done} - unfinished


def managed(person: Person) -> list[dict[str, Any]]:
    """The projects somebody manages, and what comes next in each."""
    projects = list(Project.objects.managed_by(person).order_by("name", "pk"))
    steps = next_steps(projects)
    return [{"name": project.name, "slug": project.slug, "next": steps[project.pk]} for project in projects]


def enrolled(desk: Desk, *, has_work: bool) -> dict[str, Any]:
    url = reverse("workbench", args=[desk.project.slug])
    return {
        "project": {"name": desk.project.name, "description": desk.project.description, "url": url},
        "list_url": reverse("mine", args=[desk.project.slug]),
        "axes": [axis.label for axis in desk.axes],
        "waiting": waiting(desk, has_work=has_work),
        "open": desk.round is not None and has_work and not desk.finished_for_today,
        "url": url,
    }


def waiting(desk: Desk, *, has_work: bool) -> str:
    """One sentence on what there is to do."""
    if desk.round is None:
        return _("Paused.") if desk.project.stopped_at else _("No round is open.")
    if not has_work:
        return _("Round %(n)d has what it needs.") % {"n": desk.round.number}
    if desk.finished_for_today:
        return _("Done for today.")
    if desk.quota_today is None:
        return _("Round %(n)d is open.") % {"n": desk.round.number}
    return _("%(left)d judgements left today.") % {"left": desk.quota_today - desk.done_today}
