"""Leases of pairs that other people began."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons import leases
from labeling.comparisons.models import Assignment
from labeling.comparisons.stranded import Stranded
from labeling.comparisons.tables import LeasesFilter, LeasesTable
from labeling.projects.access import PersonRequest, managed_project, manager_required, sign_in_required
from labeling.tables import Listing


@require_POST
@sign_in_required
def renew(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Whoever comes back to a pair that others have been given since is told so, once, and may do either thing."""
    assignment = get_object_or_404(Assignment.objects.of(request.user), pk=pk)
    if leases.renew(assignment):
        return HttpResponse(status=204)
    return render(request, "comparisons/lapsed.html", {"project": assignment.comparison.project})


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponseBase:
    """Who holds what of others' pairs, and how many of them nobody is left for."""
    project = managed_project(request, slug)
    live = Assignment.objects.leased().filter(comparison__project=project)
    rows = live.by_pair().select_related("person", "comparison__round")
    listing = Listing.of(request, LeasesTable, LeasesFilter, rows, known={"project": project})
    known = {"project": project, "stranded": Stranded.of(project)}
    return listing.answer(request, "comparisons/leases.html", known)


@require_POST
@manager_required
def release(request: PersonRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Somebody else gets the pair; what its person has not sent yet is taken all the same when they do."""
    theirs = Assignment.objects.filter(comparison__project=managed_project(request, slug))
    assignment = get_object_or_404(theirs.exclude(kind=Assignment.Kind.AUTHOR).select_related("person"), pk=pk)
    leases.release(assignment)
    others = _("%(person)s has that pair no more; whoever comes next gets it.")
    nobody = _("%(person)s has that pair no more. It was for them alone, so nobody else gets it.")
    said = nobody if assignment.kind in (Assignment.Kind.GOLD, Assignment.Kind.REPEAT) else others
    messages.success(request, said % {"person": assignment.person.pseudonym})
    return redirect("leases", slug)
