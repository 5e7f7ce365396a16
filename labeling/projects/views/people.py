"""One person of a cohort: their name, and the way out of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts.models import Membership, Person
from labeling.projects.access import (
    PersonRequest,
    annotators,
    called,
    cohorts_run_by,
    managed_project,
    manager_required,
    sees_names,
)
from labeling.projects.forms.people import PersonForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, pk: int, person: int) -> HttpResponse:
    """Who is more than an annotator is named by those who administer the installation; who sees no names gives none."""
    project, member = managed_project(request, slug), membership(request, pk, person)
    names = sees_names(request.user)
    may_name = names and annotators(Person.objects.filter(pk=person)).exists()
    if request.method == "POST" and not may_name:
        raise Http404
    form = PersonForm(request.POST if request.method == "POST" else None, instance=member.person)
    if form.is_valid():
        form.save()
        messages.success(request, _("The name is now “%(name)s”.") % {"name": member.person})
        return redirect("cohort", slug, pk)
    if form.errors:
        member.person.refresh_from_db()  # the page is about who they are, the form about what was typed
    context = {"project": project, "member": member, "form": form, "may_name": may_name}
    context |= {"names": names, "called": called(member.person, request.user)}
    return render(request, "projects/cohort_person.html", context, status=422 if form.errors else 200)


@require_POST
@manager_required
def leave(request: PersonRequest, slug: str, pk: int, person: int) -> HttpResponse:
    managed_project(request, slug)
    member = membership(request, pk, person)
    member.cohort.let_go(member.person)
    said = _("%(name)s is out of “%(cohort)s”. Everything they judged is kept.")
    messages.success(request, said % {"name": called(member.person, request.user), "cohort": member.cohort})
    return redirect("cohort", slug, pk)


def membership(request: PersonRequest, cohort: int, person: int) -> Membership:
    """Of a cohort whose people this manager may change; else 404, as if nobody were in it."""
    current = Membership.objects.filter(left_at=None, cohort__in=cohorts_run_by(request.user))
    return get_object_or_404(current.select_related("person", "cohort"), cohort=cohort, person=person)
