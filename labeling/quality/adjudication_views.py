"""Pairs on which people differ, one at a time, for a reviewer's last word."""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons.entered import degrees, entered, reasons
from labeling.comparisons.forms import JudgementForm
from labeling.comparisons.judgements import IN_WORDS, about
from labeling.comparisons.models import Assignment, Comparison, Judgement, NotReady
from labeling.comparisons.said import Said
from labeling.comparisons.steps import QUESTIONS
from labeling.projects.access import PersonRequest, reviewed_project, sign_in_required
from labeling.projects.models import Axis, Project
from labeling.projects.typed import whole
from labeling.quality import adjudicating, gold
from labeling.quality.models import GoldAnswer

PAIR = ("round", "project", "turn", "first", "second")


@require_safe
@never_cache
@sign_in_required
def adjudication(request: PersonRequest, slug: str) -> HttpResponse:
    return show(request, reviewed_project(request, slug))


@require_POST
@sign_in_required
def decide(request: PersonRequest, slug: str, comparison: uuid.UUID, axis: str) -> HttpResponse:
    """The answer is the next pair."""
    project = reviewed_project(request, slug)
    if axis not in project.axes:
        raise Http404
    pair = get_object_or_404(Comparison.objects.select_related(*PAIR), pk=comparison, project=project)
    form = JudgementForm(request.POST, assignment=adjudicating.asked_of(request.user, pair, Axis(axis)))
    if not adjudicating.waiting(project, request.user, (pair.pk, axis)):
        return settled(request, project)
    if not form.is_valid():
        return show(request, project, form=form, status=422)
    try:
        keep(form, certain="certain" in request.POST)
    except (adjudicating.Settled, NotReady):
        return settled(request, project)
    if request.headers.get("HX-Request"):
        return show(request, project, done=True)
    return redirect("adjudication", slug)


@transaction.atomic
def keep(form: JudgementForm, *, certain: bool) -> None:
    """The last word; where it is certain, it is gold from now on."""
    said, assignment = form.verdict(), form.assignment
    adjudicating.adjudicate(assignment, said, form.cleaned_data["key"], form.timing())
    pair, axis = assignment.comparison, assignment.axis
    if certain and not GoldAnswer.objects.standing().filter(comparison=pair, axis=axis).exists():
        gold.make(pair, axis, said, assignment.person, GoldAnswer.Origin.ADJUDICATED)


def settled(request: PersonRequest, project: Project) -> HttpResponse:
    gone = _("That one waits for nobody any more. This is the next one.")
    return show(request, project, notice=gone, status=409)


def show(
    request: PersonRequest, project: Project, *, form: JudgementForm | None = None, status: int = 200, **told: Any
) -> HttpResponse:
    found = adjudicating.waiting(project, request.user)
    place = min(whole(request.GET.get("at", "")) or 0, max(len(found) - 1, 0))
    context = {"project": project, "left": len(found), "place": place + 1, "form": form, **told}
    if form:
        context |= shown(form.assignment, form)
    elif found:
        key, axis = found[place]
        pair = Comparison.objects.select_related(*PAIR).get(pk=key)
        context |= shown(adjudicating.asked_of(request.user, pair, Axis(axis)))
        context |= {"before": place - 1 if place else None, "after": place + 1 if place + 1 < len(found) else None}
    template = "quality/adjudication.html#review" if request.headers.get("HX-Request") else "quality/adjudication.html"
    return render(request, template, context, status=status)


def shown(assignment: Assignment, form: JudgementForm | None = None) -> dict[str, Any]:
    """The pair as this reviewer sees it, and what others said of it in the same terms."""
    values, comparison = entered(assignment, form), assignment.comparison
    letters = dict(zip((one.pk for one in assignment.sides()), "AB", strict=True))
    sides = [
        {
            "letter": letter,
            "name": letter.lower(),
            "said": Said.by(completion),
            "reasons": reasons(assignment, letter, values),
            "label": values.get(f"{letter.lower()}_label"),
            "false_refusal": values.get(f"{letter.lower()}_false_refusal"),
        }
        for letter, completion in zip("AB", assignment.sides(), strict=True)
    ]
    return {
        **{"assignment": assignment, "sides": sides, "question": QUESTIONS[Axis(assignment.axis)]},
        "context": [Said.of(message) for message in comparison.context[:-1]],
        **{"prompt": Said.of(comparison.context[-1]), "about": about(comparison.turn), "key": uuid.uuid4()},
        "shown": ".".join(str(one.pk) for one in assignment.sides()),
        "degrees": degrees(values.get("choice"), "", get_language()),
        "comment": values.get("comment", ""),
        "others": [other(said, letters) for said in adjudicating.said_so_far(assignment)],
    }


def other(said: Judgement, letters: dict[uuid.UUID, str]) -> dict[str, Any]:
    letter = letters[said.chosen_id] if said.chosen_id else ""
    return {"letter": letter, "degree": IN_WORDS.get(said.degree), "said": said}  # type: ignore[call-overload]
