"""Snapshots of a project: those there are, a new one with what would be in it, and one with how far it has come."""

from typing import Any

from django.contrib import messages
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.datasets import files, membership, superseding
from labeling.datasets.artifacts import GONE, UNREADABLE
from labeling.datasets.forms import SnapshotForm
from labeling.datasets.holding_out import held_out_since
from labeling.datasets.in_words import asked_for
from labeling.datasets.licences import LICENCES
from labeling.datasets.models import Snapshot
from labeling.datasets.push_views import PushForm
from labeling.datasets.wanted import Wanted
from labeling.datasets.words import Counted, counted, trouble
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.models import Project

OTHERS = 20  # snapshots that one may be compared with, the newest
PATIENCE = "SET LOCAL statement_timeout = '20s'"  # of whoever waits for a preview


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    snapshots = project.snapshots.select_related("made_by").order_by("-number")
    return render(request, "datasets/index.html", {"project": project, "snapshots": snapshots})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str) -> HttpResponse:
    """A POST with `preview` in its address shows what would be in it, any other one asks for it. In its body
    it would be missing where the page asks by itself: no button is pressed then."""
    project = managed_project(request, slug)
    is_preview = "preview" in request.GET
    form = SnapshotForm(request.POST if request.method == "POST" else None, project=project)
    context: dict[str, Any] = {"project": project, "form": form}
    if request.method == "POST" and form.is_valid():
        if not is_preview:
            number = form.cleaned_data["number"]
            snapshot = Snapshot.objects.ask(project, form.wanted().kept(), request.user, number)
            return redirect("snapshot", slug, snapshot.number)
        context["preview"] = preview(project, form.wanted())
    part = "#preview" if request.headers.get("HX-Request") and is_preview else ""
    return render(request, f"datasets/new.html{part}", context, status=422 if form.errors and not part else 200)


def preview(project: Project, wanted: Wanted) -> dict[str, Any]:
    """What would be in it now; `counted` is None where there is too much to wait for."""
    found: list[Counted] | None = None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            membership.draw(project, wanted, believing=False)
            found = counted(membership.counts(wanted))
            cursor.execute("SET LOCAL statement_timeout = 0")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # the statement took too long
            raise
    return {"counted": found, "provisional": membership.is_provisional(project, wanted), "wanted": wanted}


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    snapshot = one(request, slug, number)
    context = {
        **{"project": snapshot.project, "snapshot": snapshot, "asked": asked_for(Wanted.of(snapshot.wanted))},
        **{"counted": counted(snapshot.counts), "superseded": superseding.lost(snapshot)},
        **{"uses": snapshot.uses.order_by("noted_at"), "held_out_since": held_out_since(snapshot)},
        "others": snapshot.project.snapshots.exclude(pk=snapshot.pk).exclude(digest="").order_by("-number")[:OTHERS],
        **{"manifest": files.MANIFEST, "pushes": list(snapshot.pushes.all()), "push_form": PushForm()},
        "licence": LICENCES.get(snapshot.wanted.get("licence", "")),
        **listed(snapshot),
    }
    return render(request, "datasets/snapshot.html", context)


def listed(snapshot: Snapshot) -> dict[str, Any]:
    """Its files, where there are any; and why they cannot be named, where the store is away or damaged."""
    if snapshot.state != Snapshot.State.READY:
        return {}
    try:
        return {"files": files.manifest_of(snapshot)["files"]}
    except UNREADABLE as error:
        return {"trouble": trouble(error), "gone": isinstance(error, GONE)}


@require_safe
@never_cache
@manager_required
def progress(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """For htmx, which asks until it is over, and then loads the page anew; whoever comes by themselves is led there."""
    snapshot = one(request, slug, number)
    if not request.headers.get("HX-Request"):
        return redirect("snapshot", slug, number)
    answer = render(request, "datasets/progress.html", {"project": snapshot.project, "snapshot": snapshot})
    if not snapshot.is_unfinished:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@manager_required
def cancel(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    if one(request, slug, number).cancel():
        messages.success(request, _("It is being cancelled: nothing of it is kept that anybody could take for ready."))
    else:
        messages.error(request, _("It is over already."))
    return redirect("snapshot", slug, number)


@require_POST
@manager_required
def again(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    if not one(request, slug, number).try_again():
        messages.error(request, _("Somebody is at it already, or it was erased."))
    return redirect("snapshot", slug, number)


def one(request: PersonRequest, slug: str, number: int) -> Snapshot:
    project = managed_project(request, slug)
    found = Snapshot.objects.select_related("project", "made_by", "erased_by")
    return get_object_or_404(found, project=project, number=number)
