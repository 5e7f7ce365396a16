"""The people of a cohort, as far as a new installation needs it: who they are, and links that let them in."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts.models import Cohort, Person, SignInLink
from labeling.projects.access import (
    PersonRequest,
    annotators,
    cohorts_for,
    cohorts_run_by,
    lets_people_in,
    managed_project,
    manager_required,
    sees_names,
    staff_manager_required,
)
from labeling.projects.forms.enrolments import NewCohortForm, PeopleForm
from labeling.projects.models import Project
from labeling.projects.typed import whole

IN_THIS_MOMENT = gettext_lazy("Somebody else has added one of these in this moment. Send it again.")


@require_http_methods(["GET", "POST"])
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


@require_http_methods(["GET", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
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
    runs = cohorts_run_by(request.user).filter(pk=pk).exists()
    context = {"project": project, "cohort": cohort, "form": form, "staff": staff, "runs": runs}
    context |= people_of(cohort, names=sees_names(request.user))
    return render(request, "projects/cohort.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@staff_manager_required
@sensitive_variables()
def links(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Fresh sign-in links, for one person or for all who were never here. No redirect: they are shown now or never."""
    project = managed_project(request, slug)
    cohort = get_object_or_404(Cohort, pk=pk)
    members = Person.objects.filter(memberships__cohort=cohort, memberships__left_at=None)
    chosen = annotators(members).order_by("name", "email")
    one = request.POST.get("person")
    chosen = chosen.filter(last_login=None) if one is None else chosen.filter(pk=whole(one) or 0)
    links = {person.pk: link_for(request, person) for person in chosen}
    if not links:
        messages.error(request, _("Nobody here needs a link: they have been here, or are more than annotators."))
        return redirect("cohort", slug, pk)
    context = {"project": project, "cohort": cohort, "form": PeopleForm(), "staff": True}
    context |= people_of(cohort, links, names=True)
    return render(request, "projects/cohort.html", context)


def link_for(request: PersonRequest, person: Person) -> str:
    return request.build_absolute_uri(reverse("sign_in_link", args=[SignInLink.objects.issue(person)]))


def people_of(cohort: Cohort, links: dict[int, str] | None = None, *, names: bool) -> dict[str, Any]:
    """Who is in it now, each with whether a link may be made for them, and the one that just was."""
    memberships = cohort.memberships.filter(left_at=None).select_related("person")
    members = memberships.order_by(*(("person__name", "person__email") if names else ("person__pseudonym",)))
    may = set(annotators(Person.objects.filter(memberships__in=memberships)).values_list("pk", flat=True))
    rows: list[dict[str, Any]] = [
        {
            "person": membership.person,
            "called": str(membership.person) if names else membership.person.pseudonym,
            "joined": membership.joined_at,
            "may": membership.person_id in may,
            "link": (links or {}).get(membership.person_id, ""),
        }
        for membership in members
    ]
    new = sum(row["may"] and row["person"].last_login is None for row in rows)
    return {"people": rows, "names": names, "new": new, "links": bool(links)}
