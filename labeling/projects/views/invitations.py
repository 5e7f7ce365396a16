"""Inviting people into a cohort, and the list of those who were."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.cohorts.models import Cohort, Invitation
from labeling.projects.access import PersonRequest, cohorts_run_by, managed_project, manager_required, sees_names
from labeling.projects.forms.invitations import InviteesForm, LinkForm
from labeling.projects.models import Project
from labeling.projects.tables.invitations import InvitationsFilter, InvitationsTable
from labeling.tables import Listing, files

SHOWN = 100  # links on a page; a file has all of them


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str, pk: int) -> HttpResponseBase:
    project, cohort = invited_to(request, slug, pk)
    names = sees_names(request.user)
    context = {"project": project, "cohort": cohort, "viewer": request.user, "names": names}
    rows = cohort.invitations.select_related("invited_by")
    listing = Listing.of(request, InvitationsTable, InvitationsFilter, rows, viewer=request.user, known=context)
    return listing.answer(request, "projects/invitations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
@sensitive_variables()
def link(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """One link for many. No redirect: it is shown now or never."""
    project, cohort = invited_to(request, slug, pk)
    form = LinkForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"project": project, "cohort": cohort, "form": form}
    if form.is_valid():
        limit, key, until = form.cleaned_data["limit"], form.cleaned_data["key"], form.expires_at
        token = Invitation.objects.for_many(cohort, request.user, expires_at=until, limit=limit, key=key)
        context |= {"link": address(request, token), "limit": limit, "until": until}
    return render(request, "projects/invitation_link.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
@sensitive_variables()
def people(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """A link for each of them. No redirect: they are shown now or never, or sent by mail."""
    project, cohort = invited_to(request, slug, pk)
    form = InviteesForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"project": project, "cohort": cohort, "form": form}
    if form.is_valid():
        names, until = dict(form.cleaned_data["people"]), form.expires_at
        mailed = form.cleaned_data.get("by_mail", False)
        terms = {"expires_at": until, "by_mail": mailed, "key": form.cleaned_data["key"]}
        try:
            tokens = Invitation.objects.personal(cohort, request.user, names, **terms)
        except IntegrityError:
            form.add_error(None, _("Somebody else has invited one of these in this moment. Send it again."))
        else:
            rows = [(names[email], email, address(request, token)) for email, token in tokens]
            context |= {"all": len(rows), "inside": len(names) - len(rows), "mailed": mailed, "until": until}
            context |= {} if mailed else {"links": rows[:SHOWN], "file": as_csv(rows)}
    return render(request, "projects/invitation_people.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@manager_required
def revoke(request: PersonRequest, slug: str, pk: int, invitation: int) -> HttpResponse:
    _project, cohort = invited_to(request, slug, pk)
    if get_object_or_404(cohort.invitations, pk=invitation).revoke():
        messages.success(request, _("The link lets in nobody any more. You can take that back in the list."))
    else:
        messages.error(request, _("It let in nobody any more already."))
    return redirect("invitations", slug, pk)


@require_POST
@never_cache
@manager_required
def restore(request: PersonRequest, slug: str, pk: int, invitation: int) -> HttpResponse:
    _project, cohort = invited_to(request, slug, pk)
    try:
        restored = get_object_or_404(cohort.invitations, pk=invitation).restore()
    except IntegrityError:
        messages.error(request, _("This address has been sent another link since, which works."))
    else:
        if restored:
            messages.success(request, _("The link works again."))
        else:
            messages.error(request, _("That cannot be taken back: it works, has expired, or is used up."))
    return redirect("invitations", slug, pk)


def invited_to(request: PersonRequest, slug: str, pk: int) -> tuple[Project, Cohort]:
    """The cohort, if this manager may change who is in it; else 404, as if there were none."""
    return managed_project(request, slug), get_object_or_404(cohorts_run_by(request.user), pk=pk)


def address(request: HttpRequest, token: str) -> str:
    """Where BASE_URL says, whatever name the page was asked under."""
    path = reverse("invitation", args=[token])
    return f"{settings.BASE_URL}{path}" if settings.BASE_URL else request.build_absolute_uri(path)


def as_csv(rows: list[tuple[str, str, str]]) -> str:
    """For a mail merge."""
    return "".join(files.unmarked([("name", "email", "link"), *rows]))
