"""Exams, for managers: written as text, published once, opened to cohorts, and how they went."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.cohorts.models import Person
from labeling.exams import results as outcome
from labeling.exams.drafts import mark, removed
from labeling.exams.forms import OpenToForm, PaperForm
from labeling.exams.models import Answer, Exam, Requirement
from labeling.exams.showing import practised
from labeling.exams.tables import AttemptsFilter, AttemptsTable, ExamsFilter, ExamsTable, with_attempts
from labeling.exams.views.parts import begun_from
from labeling.exams.wording import between, needed
from labeling.projects.access import PersonRequest, cohorts_for, manager_required
from labeling.projects.models import Project
from labeling.tables import Listing

TITLES = {
    "language": gettext_lazy("1. Grammar, reading and writing"),
    "sensitive": gettext_lazy("2. Sensitive topics and ranking"),
    "ranking": gettext_lazy("3. Grading and ranking"),
    "writing": gettext_lazy("4. Writing responses"),
}


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest) -> HttpResponseBase:
    exams = Exam.objects.select_related("qualification")
    listing = Listing.of(request, ExamsTable, ExamsFilter, exams, dress=with_attempts)
    context = {"waiting": lambda: Answer.objects.to_grade(request.user).count(), "templates": TITLES.items()}
    return listing.answer(request, "exams/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest) -> HttpResponse:
    """As text, from the same beginnings as by form."""
    if request.method == "POST":
        return written(request, PaperForm(request.POST), None)
    return render(request, "exams/edit.html", {"form": PaperForm(initial={"text": begun_from(request)})})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    exam = get_object_or_404(Exam, pk=pk)
    if exam.published_at:
        messages.error(request, _("It is published and stays as it is. Make a new version of it."))
        return redirect("exam", pk)
    if request.method == "POST":
        return written(request, PaperForm(request.POST), exam)
    return render(request, "exams/edit.html", {"form": PaperForm(initial={"text": exam.source}), "exam": exam})


def written(request: PersonRequest, form: PaperForm, draft: Exam | None) -> HttpResponse:
    exam = form.write(request.user, draft) if form.is_valid() else None
    if exam is None:
        return render(request, "exams/edit.html", {"form": form, "exam": draft}, status=422)
    messages.success(request, _("Saved as a draft. Look through it, then publish it."))
    return redirect("exam", exam.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, pk: int) -> HttpResponse:
    """All that is in it, with what is right; and who may take it."""
    exam = get_object_or_404(Exam.objects.select_related("qualification", "after"), pk=pk)
    choices = cohorts_for(request.user)
    initial = {"cohorts": exam.cohorts.all()}
    form = OpenToForm(request.POST if request.method == "POST" else None, choices=choices, initial=initial)
    if form.is_valid():
        form.save(exam)
        messages.success(request, _("Saved who may take it."))
        return redirect("exam", pk)
    context = {"exam": exam, "form": form, "parts": [sample(part) for part in exam.parts.all()]}
    context |= (
        {"seen": mark(exam), "missing": exam.missing(), "removed": removed(exam)} if exam.state == "draft" else {}
    )
    context |= {"between": between(exam.cooling_off_hours), **asked_by(request.user, exam)}
    return render(request, "exams/exam.html", context, status=422 if form.errors else 200)


def asked_by(person: Person, exam: Exam) -> dict[str, Any]:
    """Of the projects one manages, which ask for what it gives, and a few that could."""
    managed = Project.objects.managed_by(person).order_by("-pk")
    asking = Requirement.objects.filter(project__in=managed, qualification__name=exam.qualification.name)
    others = managed.exclude(pk__in=asking.values("project"))
    return {"asking": asking.select_related("project").order_by("project__name", "axis"), "others": others[:3]}


def sample(part: Any) -> dict[str, Any]:
    """A part as its writer looks through it, each item with a right answer chosen."""
    items = list(part.items.order_by("number"))
    answers = {item.pk: {"value": item.accepted[0]} if item.accepted else {"text": " "} for item in items}
    shown = list(zip(items, practised(items, answers), strict=True))
    return {"part": part, "needed": needed(part), "items": shown}


@require_POST
@manager_required
def publish(request: PersonRequest, pk: int) -> HttpResponse:
    exam = get_object_or_404(Exam, pk=pk)
    if exam.publish():
        messages.success(request, _("Published. It stays as it is from now on."))
    else:
        for problem in exam.missing():
            messages.error(request, problem)
    return redirect("exam", pk)


@require_POST
@manager_required
def retire(request: PersonRequest, pk: int) -> HttpResponse:
    get_object_or_404(Exam, pk=pk).retire()
    messages.success(request, _("Nobody begins it any more. Who has begun may finish, and what was passed holds."))
    return redirect("exam", pk)


@require_POST
@manager_required
def discard(request: PersonRequest, pk: int) -> HttpResponse:
    if get_object_or_404(Exam, pk=pk).discard():
        messages.success(request, _("The draft is gone."))
        return redirect("exams")
    return redirect("exam", pk)


@require_safe
@never_cache
@manager_required
def results(request: PersonRequest, pk: int) -> HttpResponseBase:
    exam = get_object_or_404(Exam.objects.select_related("qualification"), pk=pk)
    attempts = exam.taken.select_related("person").prefetch_related("sittings")
    listing = Listing.of(request, AttemptsTable, AttemptsFilter, attempts)
    context = {
        "exam": exam,
        "tally": lambda: outcome.tally(exam),  # asked for by the whole page alone
        "statistics": lambda: outcome.statistics(exam),
        "weak": outcome.WEAK,
        "enough": outcome.ENOUGH,
    }
    return listing.answer(request, "exams/results.html", context)
