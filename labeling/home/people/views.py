"""Everybody whom a manager may see, and one of them."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts import confirmed
from labeling.cohorts.models import Person
from labeling.home.people.acting import ActForm
from labeling.home.people.known import people as known
from labeling.home.people.known import ranks
from labeling.home.people.person import about, may_confirm
from labeling.home.people.tables import PeopleFilter, PeopleTable, hidden_from
from labeling.projects.access import PersonRequest, cohorts_run_by, manager_required, people_for
from labeling.projects.typed import whole
from labeling.tables import Listing


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def people(request: PersonRequest) -> HttpResponseBase:
    """The table; what is posted is done to those that are ticked, or to all that the filter lets through."""
    terms: dict[str, Any] = {"viewer": request.user, "hidden": hidden_from(request.user), "ranks": ranks(request.user)}
    listing = Listing.of(request, PeopleTable, PeopleFilter, known(request.user), **terms)
    form = ActForm(request.POST if request.method == "POST" else None, viewer=request.user)
    if request.method == "POST":
        listing.table.ticked = set(request.POST.getlist("person"))
        chosen = picked(request, listing)
        if not chosen.exists():
            form.add_error(None, _("Tick at least one person."))
        elif form.is_valid():
            messages.success(request, form.do(chosen, listing.filter.asked.get("cohort")))
            return redirect(request.get_full_path())
    acts = cohorts_run_by(request.user).exists()
    return listing.answer(
        request, "home/people/people.html", {"form": form, "acts": acts}, status=422 if form.errors else 200
    )


def picked(request: PersonRequest, listing: Listing) -> QuerySet[Person]:
    if "everybody" in request.POST:
        return listing.filter.qs
    keys = [whole(key) for key in request.POST.getlist("person")]
    return listing.filter.qs.filter(pk__in=[key for key in keys if key is not None])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def person(request: PersonRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(known(request.user), pk=pk)
    form = ActForm(request.POST if request.method == "POST" else None, viewer=request.user)
    if form.is_valid():
        messages.success(request, form.do(Person.objects.filter(pk=pk)))
        return redirect("person", pk)
    context = {"person": shown, "form": form, **about(shown, request.user)}
    return render(request, "home/people/person.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@manager_required
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """By hand, of somebody whose address the manager knows to be theirs."""
    person = get_object_or_404(people_for(request.user), pk=pk)
    if not may_confirm(request.user, person):
        raise Http404
    confirmed.confirm(person)
    messages.success(request, _("The address is confirmed."))
    return redirect("person", pk)
