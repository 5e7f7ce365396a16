"""Cohorts: made, changed, and their people, with links that let them in."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts.models import Cohort, Person, SignInLink
from labeling.projects import languages
from labeling.projects.access import (
    PersonRequest,
    cohorts_for,
    cohorts_run_by,
    let_in_by_link,
    lets_people_in,
    managed_project,
    manager_required,
    sees_names,
    staff_manager_required,
)
from labeling.projects.forms.enrolments import CohortForm, NewCohortForm, PeopleForm
from labeling.projects.models import Project
from labeling.projects.tables.members import NAMES, MembersFilter, MembersTable, dressed
from labeling.projects.typed import whole
from labeling.tables import Listing, files

SHOWN = 100  # links on a page; a file has all of them
NO_LINK = gettext_lazy("Nobody here needs a link: they have been here, or are more than annotators.")
NO_LINK_OF_YOURS = gettext_lazy(
    "You can make no link here: they have been here, have a password, are more than annotators, or were in a cohort "
    "that you do not run. Ask somebody who administers this installation."
)
IN_THIS_MOMENT = gettext_lazy("Somebody else has added one of these in this moment. Send it again.")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_manager_required
def new(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    form = NewCohortForm(request.POST if request.method == "POST" else None, project=project)
    if form.is_valid():
        try:
            cohort = start(project, form)
        except IntegrityError:  # somebody took the name in this moment, which the form finds now, or added a person
            form.full_clean()
            if not form.errors:
                form.add_error(None, IN_THIS_MOMENT)
        else:
            messages.success(request, _("“%(name)s” is there and enrolled. Now let its people in.") % {"name": cohort})
            return redirect("cohort", slug, cohort.pk)
    return render(
        request, "projects/cohort_new.html", {"project": project, "form": form}, status=422 if form.errors else 200
    )


@transaction.atomic
def start(project: Project, form: NewCohortForm) -> Cohort:
    """The cohort, its people and its enrolment, or nothing of it."""
    cohort = Cohort.objects.create(name=form.cleaned_data["name"], languages=form.cleaned_data["languages"])
    cohort.take_in(form.cleaned_data["people"])
    project.enrol(cohort, **form.terms())
    return cohort


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, pk: int) -> HttpResponseBase:
    """Its people; staff may add some."""
    project = managed_project(request, slug)
    cohort = get_object_or_404(cohorts_for(request.user), pk=pk)
    staff = lets_people_in(request.user)
    if request.method == "POST" and not staff:
        raise Http404
    form = PeopleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            n = cohort.take_in(form.cleaned_data["people"])
        except IntegrityError:
            form.add_error(None, IN_THIS_MOMENT)
        else:
            said = ngettext("%(n)d person has joined “%(name)s”.", "%(n)d people have joined “%(name)s”.", n)
            messages.success(request, said % {"n": n, "name": cohort})
            return redirect("cohort", slug, pk)
    context = {"project": project, "cohort": cohort, "form": form, "staff": staff}
    context["runs"] = cohorts_run_by(request.user).filter(pk=pk).exists()
    members = cohort.memberships.current().select_related("person")
    terms = {"viewer": request.user, "dress": dressed(request.user), "known": context.copy()}
    context["names"] = sees_names(request.user)
    hidden = () if context["names"] else NAMES
    listing = Listing.of(request, MembersTable, MembersFilter, members, hidden=hidden, **terms)
    context["new"] = to_let_in(request.user, cohort).count()
    context["languages"] = [languages.named(tag) for tag in cohort.languages]
    return listing.answer(request, "projects/cohort.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def change(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """What it is called, and in what languages its people work."""
    project, cohort = managed_project(request, slug), get_object_or_404(cohorts_run_by(request.user), pk=pk)
    initial = {"name": cohort.name, "languages": cohort.languages}
    form = CohortForm(request.POST if request.method == "POST" else None, initial=initial, cohort=cohort)
    if form.is_valid():
        try:
            cohort.describe(**form.cleaned_data)
        except IntegrityError:  # somebody took the name in this moment, which the form finds now
            form.full_clean()
        else:
            messages.success(request, _("Saved."))
            return redirect("cohort", slug, pk)
    if form.errors:
        cohort.refresh_from_db()  # the page is about what it is, the form about what was typed
    context = {"project": project, "cohort": cohort, "form": form}
    return render(request, "projects/cohort_change.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@manager_required
@sensitive_variables()
def links(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Fresh sign-in links, for one person or for all who were never here. No redirect: they are shown now or never."""
    project = managed_project(request, slug)
    cohort = get_object_or_404(cohorts_run_by(request.user), pk=pk)
    staff = lets_people_in(request.user)
    if not staff and not sees_names(request.user):
        raise Http404
    one = request.POST.get("person")
    chosen = (
        to_let_in(request.user, cohort) if one is None else linkable(request.user, cohort).filter(pk=whole(one) or 0)
    )
    made = SignInLink.objects.issue_all(chosen.order_by("name", "email"), by=request.user)
    if not made:
        messages.error(request, NO_LINK if staff else NO_LINK_OF_YOURS)
        return redirect("cohort", slug, pk)
    links = [(person, request.build_absolute_uri(reverse("sign_in_link", args=[token]))) for person, token in made]
    context = {"project": project, "cohort": cohort, "links": links[:SHOWN], "all": len(links)}
    rows = [(person.name, person.email, link) for person, link in links]
    context["file"] = "".join(files.unmarked([("name", "email", "link"), *rows]))  # for a mail merge
    return render(request, "projects/cohort_links.html", context)


def linkable(viewer: Person, cohort: Cohort) -> QuerySet[Person]:
    return let_in_by_link(viewer).filter(memberships__cohort=cohort, memberships__left_at=None)


def to_let_in(viewer: Person, cohort: Cohort) -> QuerySet[Person]:
    """Who was never here."""
    return linkable(viewer, cohort).filter(last_login=None)
