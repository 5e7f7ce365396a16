"""Known answers of a project, for who manages or reviews it: nobody of those is given one."""

import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labeling.cohorts.models import Person
from labeling.comparisons.judgements import Reading, current
from labeling.comparisons.said import Said
from labeling.projects.access import PersonRequest, called, reviewed_project, sign_in_required
from labeling.quality import gold, known, proposing
from labeling.quality.gold_forms import LEAST, GoldForm, RetireForm
from labeling.quality.gold_tables import GoldFilter, GoldTable, state_of
from labeling.quality.models import GoldAnswer
from labeling.quality.views import about
from labeling.quality.wrong_gold import Evidence
from labeling.tables import Listing


@require_safe
@never_cache
@sign_in_required
def index(request: PersonRequest, slug: str) -> HttpResponseBase:
    """All of them, those that wait for a decision, and which comparisons could be more."""
    project = reviewed_project(request, slug)
    context = about(request, project)
    every = GoldAnswer.objects.filter(project=project)
    answers = every.filter(axis=context["axis"]).select_related("comparison", "project")
    listing = Listing.of(request, GoldTable, GoldFilter, answers)
    doubtful = Counter(every.suspects().values_list("axis", flat=True))
    context["suspected"] = [(axis, doubtful[axis]) for axis in project.axes_in_order() if doubtful[axis]]
    context["proposed"] = lambda: proposing.proposed(project, context["axis"])
    return listing.answer(request, "quality/gold.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def new(request: PersonRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """What somebody judged is held to be certain, or is not proposed any more."""
    project = reviewed_project(request, slug)
    judgement = get_object_or_404(current(project, None), assignment=pk)
    before = GoldAnswer.objects.standing().filter(comparison=judgement.assignment.comparison_id, axis=judgement.axis)
    if answer := before.first():
        return redirect("gold_answer", slug, answer.pk)
    if "dismiss" in request.POST:
        proposing.dismiss(judgement, request.user)
        messages.success(request, _("It is not proposed any more."))
        return redirect(f"{reverse('gold', args=[slug])}?axis={judgement.axis}")
    verdict = judgement.verdict()
    form = GoldForm(request.POST if request.method == "POST" else None, initial={"least": judgement.degree})
    status = 422 if form.errors else 200
    if verdict and form.is_valid():
        try:
            terms = {"origin": proposing.origin_of(judgement), "least": form.cleaned_data["least"]}
            made = gold.make(judgement.assignment.comparison, judgement.axis, verdict, request.user, **terms)
        except gold.NotCertain:
            verdict, status = None, 409
        except gold.AlreadyGold:
            return redirect("gold", slug)
        else:
            messages.success(request, _("Its answer is known now, and people are given it."))
            return redirect("gold_answer", slug, made.pk)
    context = {"project": project, "form": form, "reading": Reading.of(judgement), "verdict": verdict}
    return render(request, "quality/gold_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def show(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """One, with who said what of it; a POST retires or confirms it."""
    project = reviewed_project(request, slug)
    rows = GoldAnswer.objects.filter(project=project).select_related("made_by", "confirmed_by", "retired_by", "chosen")
    answer = get_object_or_404(rows.select_related("comparison__first", "comparison__second"), pk=pk)
    if request.method == "POST" and "confirm" in request.POST:
        if answer.confirm(request.user):
            messages.success(request, _("Confirmed. People are given it, whoever misses it."))
        return redirect("gold_answer", slug, pk)
    form = RetireForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if gold.retire(answer, request.user, form.cleaned_data["why"]):
            messages.success(request, _("Retired. Nobody is given it, and no figure counts it any more."))
        return redirect("gold_answer", slug, pk)
    context = {"project": project, "answer": answer, "form": form, **seen(answer, request.user)}
    return render(request, "quality/gold_answer.html", context, status=422 if form.errors else 200)


def seen(answer: GoldAnswer, by: Person) -> dict[str, Any]:
    """The pair, and the evidence."""
    context = answer.comparison.context
    evidence = known.weighed(answer.project, answer.axis).get(answer.pk, Evidence([]))
    people = Person.objects.in_bulk([one.person for one in evidence.said])
    said = sorted(evidence.said, key=lambda one: (not one.is_trusted, one.right))
    return {
        "state": state_of(answer),
        "least": LEAST[answer.least],  # type: ignore[index]
        "context": [Said.of(message) for message in context[:-1]],
        "prompt": Said.of(context[-1]),
        "sides": [
            (True, answer.chosen_safe, Said.by(answer.chosen)),
            (False, answer.rejected_safe, Said.by(answer.rejected)),
        ],
        "evidence": evidence,
        "said": [(called(people[one.person], by), one) for one in said],
    }
