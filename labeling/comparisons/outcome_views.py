"""What a person may say of a pair in place of a judgement; the answer is the next step, as everywhere."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from labeling.comparisons import ending, outcomes, passing, reading, stock
from labeling.comparisons.forms import CannotForm, PassForm
from labeling.comparisons.models import Assignment, NotReady, Pass, PassReason
from labeling.comparisons.next_step import next_step
from labeling.comparisons.panels import Panel, cannot_panel, pass_panel
from labeling.comparisons.steps import pair_step
from labeling.comparisons.views import NOT_AGAIN, back_to_list, show
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Dialogue
from labeling.projects.access import PersonRequest, sign_in_required


@require_POST
@sign_in_required
def cannot_judge(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One's own pair, which one may finish even after leaving the cohort, as with a judgement."""
    assignment = own(request, pk)
    form = CannotForm(request.POST)
    if not form.is_valid():
        return again(request, assignment, cannot_panel(assignment, form), status=422)
    try:
        outcomes.cannot_judge(assignment, form.said(), *form.submit())
    except NotReady:
        return go_on(request, assignment, status=409)
    except tuple(NOT_AGAIN) as refusal:
        form.add_error(None, NOT_AGAIN[type(refusal)])
        return again(request, assignment, cannot_panel(assignment, form), status=409)
    return go_on(request, assignment)


@require_POST
@sign_in_required
def pass_on(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    assignment = own(request, pk)
    form = PassForm(request.POST)
    if not form.is_valid():
        return again(request, assignment, pass_panel(assignment, form), status=422)
    said = form.cleaned_data
    try:
        passed = passing.pass_on(assignment, said["reason"], said["comment"], said["key"])
    except NotReady:
        return go_on(request, assignment, status=409)
    except passing.TooManyPasses:
        form.add_error(None, enough(assignment.comparison.project.max_passes))
        return again(request, assignment, pass_panel(assignment, form), status=409)
    return go_on(request, assignment, notice=what_became(passed))


@require_POST
@sign_in_required
def end_dialogue(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One's own conversation, and the pass on its pair, if it waits to be judged."""
    dialogue = get_object_or_404(Dialogue.objects.filter(author=request.user), pk=pk)
    try:
        notice = what_became(ending.end(dialogue))
    except passing.TooManyPasses:
        desk = Desk.of(request.user, dialogue.project_id)
        step = next_step(desk)
        if assignment := desk.waiting_for(dialogue.turns.latest("number").pk):
            step = pair_step(assignment)
            step.errors["end"] = too_many_ended(desk.project.max_passes)
        return show(request, desk, step, status=409)
    desk = Desk.of(request.user, dialogue.project_id)
    step = next_step(desk)
    step.notice = notice or step.notice
    return show(request, desk, step)


@require_POST
@sign_in_required
def undo_pass(request: PersonRequest, pk: int) -> HttpResponse:
    """The pair one passed on, back in one's place; where that cannot be, what comes next, and why."""
    passed = get_object_or_404(request.user.passes.select_related("round", "comparison", "person"), pk=pk)
    desk = Desk.of(request.user, passed.round.project_id)
    if not desk.axes or desk.must_be_warned or not passing.undo(passed):
        step = next_step(desk)
        step.notice = _(
            "That pair cannot come back now: somebody else has it, you have others to judge first, or its round has "
            "ended."
        )
        return show(request, desk, step, status=409)
    desk = Desk.of(request.user, desk.project.pk)
    assignment = reading.next_of_pair(request.user, passed.comparison_id)
    return show(request, desk, pair_step(assignment) if assignment else next_step(desk))


def enough(most: int) -> str:
    """What one is told who has passed on so many in a row."""
    return ngettext(
        "You have passed on %(n)d pair in a row. Judge this one, or close this and report what is the matter: "
        "then you may pass on it too.",
        "You have passed on %(n)d pairs in a row. Judge this one, or close this and report what is the matter: "
        "then you may pass on it too.",
        most,
    ) % {"n": most}


def too_many_ended(most: int) -> str:
    """The same, of a pair that may not be complete."""
    return ngettext(
        "You have passed on %(n)d pair in a row, and to end this conversation is to pass on another. Judge this one, "
        "or report what is the matter: then you may end it.",
        "You have passed on %(n)d pairs in a row, and to end this conversation is to pass on another. Judge this one, "
        "or report what is the matter: then you may end it.",
        most,
    ) % {"n": most}


def what_became(passed: Pass | None) -> str:
    """What is said of it above the next step; nothing where it was undone meanwhile."""
    if passed is None or passed.undone_at:
        return ""
    if passed.reason == PassReason.ENDED:
        return _("That conversation is over. It counts as a pair you passed on.")
    return _("You passed on that pair. Undo brings it back.")


def own(request: PersonRequest, pk: uuid.UUID) -> Assignment:
    assignment = reading.assignment(request.user, pk)
    if assignment is None:
        raise Http404
    return assignment


def again(request: PersonRequest, assignment: Assignment, panel: Panel, status: int) -> HttpResponse:
    """The pair with this panel open, as it was filled in."""
    step = pair_step(assignment)
    step.panels = [panel if other.name == panel.name else other for other in step.panels]
    return show(request, Desk.of(request.user, assignment.comparison.project_id), step, status=status)


def go_on(request: PersonRequest, assignment: Assignment, status: int = 200, notice: str = "") -> HttpResponse:
    if status == 200 and "from_list" in request.POST:
        return back_to_list(request, assignment)
    desk = Desk.of(request.user, assignment.comparison.project_id)
    step = next_step(desk, stock.take if status == 200 else None)
    step.notice = notice or step.notice
    return show(request, desk, step, status=status)
