"""What one person is qualified for: by which exam, given by whom and why, and taken back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts.models import Membership, Person
from labeling.exams.forms import GiveForm, TakeBackForm
from labeling.exams.models import Grant
from labeling.projects.access import (
    PersonRequest,
    cohorts_run_by,
    lets_people_in,
    manager_required,
    people_for,
    sees_names,
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def of_person(request: PersonRequest, pk: int) -> HttpResponse:
    """All that they hold or held; what is posted gives them one more."""
    person = get_object_or_404(people_for(request.user), pk=pk)
    form = GiveForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and not may_decide(request.user, person):
        raise Http404
    if form.is_valid():
        form.give(request.user)
        messages.success(request, _("They have it from now on."))
        return redirect("holding", pk)
    return page(request, person, form)


def page(request: PersonRequest, person: Person, form: GiveForm, taking: TakeBackForm | None = None) -> HttpResponse:
    """`taking`: the form that came back of one that they hold."""
    grants = person.qualifications.select_related("qualification", "attempt__exam", "given_by", "ended_by")
    current = grants.current().order_by("qualification__name", "qualification__version")
    context = {
        **{"person": person, "form": form, "names": sees_names(request.user)},
        "held": [(one, taking if taking and taking.grant == one.pk else TakeBackForm(one.pk)) for one in current],
        "earlier": grants.exclude(ended_at=None).order_by("-ended_at"),
        "may_decide": may_decide(request.user, person),
    }
    return render(request, "exams/holding.html", context, status=422 if form.errors or taking else 200)


@require_POST
@never_cache
@manager_required
def take_back(request: PersonRequest, pk: int, grant: int) -> HttpResponse:
    """Work that asks for it ends with the pair they are at."""
    person = get_object_or_404(people_for(request.user), pk=pk)
    get_object_or_404(person.qualifications, pk=grant)
    if not may_decide(request.user, person):
        raise Http404
    form = TakeBackForm(grant, request.POST)
    if not form.is_valid():
        return page(request, person, GiveForm(None, person=person), form)
    if Grant.objects.filter(pk=grant).take_back(request.user, form.cleaned_data["reason"]):
        messages.success(request, _("It is taken back. They read why."))
    return redirect("holding", pk)


def may_decide(viewer: Person, person: Person) -> bool:
    """Whoever runs a cohort of theirs, as for moving and pausing them; nobody decides about themselves."""
    if viewer == person:
        return False
    run = Membership.objects.current().filter(person=person, cohort__in=cohorts_run_by(viewer))
    return lets_people_in(viewer) or run.exists()
