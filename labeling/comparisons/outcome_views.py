"""What a person may say of a pair in place of a judgement; the answer is the next step, as everywhere."""

import uuid

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from labeling.comparisons import outcomes, reading
from labeling.comparisons.forms import CannotForm
from labeling.comparisons.models import AlreadySaid, Assignment, ChoiceIsFinal, NotReady
from labeling.comparisons.next_step import next_step
from labeling.comparisons.panels import cannot_panel
from labeling.comparisons.steps import pair_step
from labeling.comparisons.views import NOT_AGAIN, back_to_list, show
from labeling.comparisons.workbench import Desk
from labeling.projects.access import PersonRequest, sign_in_required


@require_POST
@sign_in_required
def cannot_judge(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One's own pair, which one may finish even after leaving the cohort, as with a judgement."""
    assignment = own(request, pk)
    form = CannotForm(request.POST)
    if not form.is_valid():
        return again(request, assignment, form, status=422)
    try:
        outcomes.cannot_judge(assignment, form.said(), form.cleaned_data["key"], form.timing())
    except NotReady:
        return go_on(request, assignment, status=409)
    except (AlreadySaid, ChoiceIsFinal) as refusal:
        form.add_error(None, NOT_AGAIN[type(refusal)])
        return again(request, assignment, form, status=409)
    return go_on(request, assignment)


def own(request: PersonRequest, pk: uuid.UUID) -> Assignment:
    assignment = reading.assignment(request.user, pk)
    if assignment is None:
        raise Http404
    return assignment


def again(request: PersonRequest, assignment: Assignment, form: CannotForm, status: int) -> HttpResponse:
    step = pair_step(assignment)
    step.panels = [cannot_panel(assignment, form)]
    return show(request, Desk.of(request.user, assignment.comparison.project_id), step, status=status)


def go_on(request: PersonRequest, assignment: Assignment, status: int = 200) -> HttpResponse:
    if status == 200 and "from_list" in request.POST:
        return back_to_list(request, assignment)
    desk = Desk.of(request.user, assignment.comparison.project_id)
    return show(request, desk, next_step(desk, take=status == 200), status=status)
