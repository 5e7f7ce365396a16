"""Who changed what: everything for staff, and what concerns a project for who manages it."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.audit.kinds import KINDS
from labeling.audit.models import Event
from labeling.audit.wanted import Wanted, of_project, page
from labeling.audit.words import Told, sees_names, tell
from labeling.projects.access import PersonRequest, managed_project, manager_required, staff_manager_required
from labeling.projects.typed import whole

CHUNK = 500  # events fetched at a time for a file


@require_GET
@never_cache
@staff_manager_required
def audit(request: PersonRequest) -> HttpResponse:
    return show(request, Event.objects.all(), "audit/audit.html", {})


@require_GET
@never_cache
@manager_required
def history(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    return show(request, of_project(project), "audit/history.html", {"project": project})


@require_GET
@staff_manager_required
def audit_file(request: PersonRequest) -> StreamingHttpResponse:
    return file(request, Event.objects.all(), "changes.csv")


@require_GET
@manager_required
def history_file(request: PersonRequest, slug: str) -> StreamingHttpResponse:
    project = managed_project(request, slug)
    return file(request, of_project(project), f"changes-{project.slug}.csv")


def show(request: PersonRequest, events: QuerySet[Event], template: str, context: dict[str, Any]) -> HttpResponse:
    by_name, wanted, before = sees_names(request.user), Wanted.of(request.GET), whole(request.GET.get("before", ""))
    found, older = page(wanted.among(events, by_name=by_name), before)
    kinds = sorted(((key, str(kind.name)) for key, kind in KINDS.items()), key=lambda kind: kind[1])
    context |= {"rows": tell(found, by_name=by_name), "older": older, "before": before}
    return render(request, template, {**context, "wanted": wanted, "kinds": kinds, "by_name": by_name})


def file(request: PersonRequest, events: QuerySet[Event], name: str) -> StreamingHttpResponse:
    by_name = sees_names(request.user)
    wanted = Wanted.of(request.GET).among(events, by_name=by_name)
    answer = StreamingHttpResponse(lines(wanted, by_name=by_name), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class Echo:
    """What is written to it is the answer."""

    def write(self, line: str) -> str:
        return line


def lines(events: QuerySet[Event], *, by_name: bool) -> Iterator[str]:
    """However long it is, a part of it at a time."""
    writer = csv.writer(Echo())
    yield writer.writerow(["event", "time", "who", "what", "called", "person", "project", "cohort", "changes"])
    before: int | None = None
    while True:
        found, before = page(events, before, CHUNK)
        for told in tell(found, by_name=by_name):
            yield writer.writerow([harmless(cell) for cell in cells(told)])
        if before is None:
            return


def cells(told: Told) -> list[str]:
    event = told.event
    changed = (_("%(label)s: %(before)s → %(after)s") % vars(change) for change in told.changes)
    places = [str(place or "") for place in (event.project, event.cohort)]
    return [
        *(str(event.pk), event.at.isoformat(), told.actor, told.what, told.called, told.person),
        *places,
        "; ".join(changed),
    ]


def harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula, and runs it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
