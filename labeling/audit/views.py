"""Who changed what: everything for staff, and what concerns a project for who manages it."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.audit.models import Event
from labeling.audit.tables import EventsFilter, EventsTable
from labeling.audit.wanted import of_project
from labeling.audit.words import sees_names, tell
from labeling.projects.access import PersonRequest, managed_project, manager_required, staff_manager_required
from labeling.tables import Listing


@require_safe
@never_cache
@staff_manager_required
def audit(request: PersonRequest) -> HttpResponseBase:
    return show(request, Event.objects.all(), "audit/audit.html", {"project": None})


@require_safe
@never_cache
@manager_required
def history(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = managed_project(request, slug)
    return show(request, of_project(project), "audit/history.html", {"project": project})


def show(request: PersonRequest, events: QuerySet[Event], template: str, context: dict[str, Any]) -> HttpResponseBase:
    by_name = sees_names(request.user)
    rows = events.select_related("actor", "person", "project", "cohort").defer("words")
    terms = {"by_name": by_name, "known": context, "dress": partial(tell, by_name=by_name)}
    return Listing.of(request, EventsTable, EventsFilter, rows, **terms).answer(request, template, context)
