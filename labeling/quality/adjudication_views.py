"""Pairs on which people differ, one at a time, for a reviewer's last word."""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons.entered import degrees, entered, reasons
from labeling.comparisons.forms import CannotForm, JudgementForm
from labeling.comparisons.judgements import IN_WORDS, about
from labeling.comparisons.models import Assignment, CannotReason, Comparison, Judgement, NotReady, Verdict
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
    asked = adjudicating.asked_of(request.user, pair, Axis(axis))
    if not adjudicating.waiting(project, request.user, (pair.pk, axis)):
        return settled(request, project)
    cannot = "cannot" in request.POST
    form = CannotForm(request.POST) if cannot else JudgementForm(request.POST, assignment=asked)
    if not form.is_valid():
        return show(request, project, asked=asked, form=form, cannot=cannot, status=422)
    try:
        keep(asked, form)
    except (adjudicating.Settled, NotReady):
        return settled(request, project)
    return answer(request, project, made=asked)


@require_POST
@sign_in_required
def undo(request: PersonRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """One's own last word. The pair comes back to the page."""
    project = reviewed_project(request, slug)
    mine = request.user.assignments.filter(kind=Assignment.Kind.ADJUDICATION, comparison__project=project)
    word = get_object_or_404(mine.select_related("comparison", "judgement"), pk=pk)
    try:
        adjudicating.take_back(word)
    except adjudicating.Settled:
        late = _("That cannot be taken back any more: it was before, or its round takes no last words now.")
        return show(request, project, notice=late, status=409)
    return answer(request, project, back=word)


@transaction.atomic
def keep(asked: Assignment, form: JudgementForm | CannotForm) -> None:
    """The last word; where it is said to be certain, it is gold from now on."""
    said = form.said() if isinstance(form, CannotForm) else form.verdict()
    adjudicating.adjudicate(asked, said, form.cleaned_data["key"], form.timing())
    pair, axis = asked.comparison, asked.axis
    if "certain" not in form.data or not isinstance(said, Verdict):
        return
    if not GoldAnswer.objects.standing().filter(comparison=pair, axis=axis).exists():
        gold.make(pair, axis, said, asked.person, GoldAnswer.Origin.ADJUDICATED)


def settled(request: PersonRequest, project: Project) -> HttpResponse:
    gone = _("That one waits for nobody any more. This is the next one.")
    return show(request, project, notice=gone, status=409)


def answer(
    request: PersonRequest, project: Project, made: Assignment | None = None, back: Assignment | None = None
) -> HttpResponse:
    """For htmx the pair itself; a page leads there, so that to load it anew sends nothing again."""
    if request.headers.get("HX-Request"):
        return show(request, project, made=made, back=back)
    url = reverse("adjudication", args=[project.slug])
    return redirect(f"{url}?{urlencode({'undo': str(made.pk)})}" if made else url)


def show(
    request: PersonRequest,
    project: Project,
    *,
    asked: Assignment | None = None,
    made: Assignment | None = None,
    back: Assignment | None = None,
    form: JudgementForm | CannotForm | None = None,
    status: int = 200,
    **told: Any,
) -> HttpResponse:
    """The pair that is `asked` about, came `back`, or waits at the place that the address names. `made` was said just
    now."""
    found = adjudicating.waiting(project, request.user)
    if request.method != "POST":
        made = said_last(request, project)
    here = back or asked
    wanted = (here.comparison_id, str(here.axis)) if here else None
    place = found.index(wanted) if wanted in found else min(whole(request.GET.get("at", "")) or 0, len(found) - 1)
    context = {"project": project, "left": len(found), "place": place + 1, "form": form, "made": made, **told}
    context |= {"before": place - 1 if place > 0 else None, "after": place + 1 if place + 1 < len(found) else None}
    if asked:
        context |= shown(asked, form)
    elif found:
        key, axis = found[place]
        pair = Comparison.objects.select_related(*PAIR).get(pk=key)
        context |= shown(adjudicating.asked_of(request.user, pair, Axis(axis)))
    template = "quality/adjudication.html#review" if request.headers.get("HX-Request") else "quality/adjudication.html"
    return render(request, template, context, status=status)


def said_last(request: PersonRequest, project: Project) -> Assignment | None:
    """Their own last word that the address names, while it stands."""
    try:
        key = uuid.UUID(request.GET.get("undo", ""))
    except ValueError:
        return None
    words = adjudicating.last_words().filter(assignment__comparison__project=project).values("assignment")
    return request.user.assignments.filter(pk=key, pk__in=words).select_related("judgement").first()


def shown(assignment: Assignment, form: JudgementForm | CannotForm | None = None) -> dict[str, Any]:
    """The pair as this reviewer sees it, as the form was filled in, and what others said of it in the same terms."""
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
        **{"prompt": Said.of(comparison.context[-1]), "about": about(comparison), "key": uuid.uuid4()},
        "shown": ".".join(str(one.pk) for one in assignment.sides()),
        "degrees": degrees(values.get("choice"), "", get_language()),
        **{name: values.get(name, "") for name in ("comment", "reason")},
        "cannot_reasons": CannotReason.choices,
        "others": [other(said, letters) for said in adjudicating.said_so_far(assignment)],
    }


def other(said: Judgement, letters: dict[uuid.UUID, str]) -> dict[str, Any]:
    letter = letters[said.chosen_id] if said.chosen_id else ""
    return {"letter": letter, "degree": IN_WORDS.get(said.degree), "said": said}  # type: ignore[call-overload]
