"""The workbench: one page, one step at a time. Every answer is the next step, ready to read."""

import uuid
from typing import cast

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons import authoring, drafts, mould, overlapping, reading, stock, suggesting
from labeling.comparisons.at_once import TooManyAtOnce
from labeling.comparisons.changing import cannot_elsewhere
from labeling.comparisons.forms import JudgementForm
from labeling.comparisons.meanwhile import complete_pairs, on_offer, prompt_meanwhile
from labeling.comparisons.models import (
    AlreadySaid,
    Assignment,
    ChoiceIsFinal,
    Draft,
    Judgement,
    NotReady,
    Outcome,
    RefusedChoice,
    SaidElsewhere,
)
from labeling.comparisons.next_step import next_step, refused_step, step_after
from labeling.comparisons.place import Place
from labeling.comparisons.steps import PairStep, PromptStep, Step, pair_step
from labeling.comparisons.tags import Tags
from labeling.comparisons.target import RoundHasEnough
from labeling.comparisons.workbench import Desk
from labeling.dialogues.forms import PromptForm
from labeling.dialogues.models import DialogueEnded, Turn
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import Acknowledgement, GuidelineVersion, PromptRemoved
from labeling.projects.typed import whole

NOT_SENT = {
    TooManyAtOnce: gettext_lazy(
        "Judge one of your pairs first: reload the page. Your prompt is kept for the next one."
    ),
    DialogueEnded: gettext_lazy("This dialogue went on in another tab or was ended. Your prompt is still here."),
    PromptRemoved: PromptForm.NOT_THERE,
    authoring.PromptUsed: gettext_lazy("You have had this prompt before. Choose another one."),
    authoring.PromptUsedUp: gettext_lazy("Others have used this prompt as often as is wanted. Choose another one."),
}
NOT_AGAIN = {
    SaidElsewhere: gettext_lazy(
        "You answered this pair in another tab meanwhile. Submit again to change that answer to this one."
    ),
    AlreadySaid: gettext_lazy("Your earlier answer had arrived and was saved. Submit again to change it to this one."),
    ChoiceIsFinal: gettext_lazy("The dialogue has gone on from the response you chose. Reload the page to see it."),
}


@require_safe
@never_cache
@sign_in_required
def workbench(request: PersonRequest, slug: str) -> HttpResponse:
    desk = Desk.at(request.user, slug)
    offered = prompt_meanwhile(desk, request.GET.get("another")) if "meanwhile" in request.GET else None
    return show(request, desk, offered or next_step(desk, seen=is_seen(request)))


@require_POST
@sign_in_required
def acknowledge(request: PersonRequest, slug: str) -> HttpResponse:
    desk = Desk.at(request.user, slug)
    mine = desk.round.guidelines.filter(axis__in=desk.axes) if desk.round else GuidelineVersion.objects.none()
    guideline = get_object_or_404(mine, pk=number(request.POST.get("guideline")))
    Acknowledgement.objects.get_or_create(person=request.user, guideline=guideline)
    desk.unread.pop(guideline.axis, None)
    return show(request, desk, next_step(desk))


@require_POST
@sign_in_required
def ask(request: PersonRequest, slug: str) -> HttpResponse:
    """Send a prompt. What cannot be sent comes back with the reason, and with the text as it was typed."""
    desk = Desk.at(request.user, slug)
    if desk.round is None or desk.asks_first or desk.finished_for_today:
        return show(request, desk, next_step(desk), status=409)
    form = PromptForm(request.POST, project=desk.project, prompts=suggesting.prompts(desk))
    if not form.is_valid():
        return show(request, desk, refused_step(desk, form), status=422)
    sent = form.sent()
    try:
        authoring.ask(request.user, desk.round, desk.axes, **sent)
    except RoundHasEnough:
        return show(request, desk, next_step(desk), status=409)
    except tuple(NOT_SENT) as refusal:
        form.add_error(None, NOT_SENT[type(refusal)])
        return show(request, desk, refused_step(desk, form), status=409)
    if sent["written"].language_from == Turn.LanguageFrom.AUTHOR:
        request.user.writes_in(sent["written"].language)
    if sent["prompt"] is None:
        Draft.objects.drop(request.user, drafts.of_prompt(request.path, sent["dialogue"], sent["number"]))
    desk = Desk.at(request.user, slug)
    return show(request, desk, next_step(desk))


@require_POST
@sign_in_required
def judge(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """What one has begun one may finish, even after leaving the cohort: nothing is lost."""
    try:
        with transaction.atomic():  # one flush to disk for the judgement and for the pair that follows it
            assignment = reading.held(request.user, pk)
            if assignment is None:
                raise Http404
            form = JudgementForm(request.POST, assignment=assignment)
            if not form.is_valid():
                return again(request, form, status=422)
            desk, step = submitted(request, form)
    except NotReady:  # a response is missing, or the round has ended: the step shows which
        if form.assignment.done_at:
            return again(request, form, status=409)
        count_refused(form)
        desk = Desk.of(request.user, form.assignment.comparison.project_id)
        return show(request, desk, next_step(desk), status=409)
    except tuple(NOT_AGAIN) as refusal:
        form.add_error(None, NOT_AGAIN[type(refusal)])
        return again(request, form, status=409)
    return show(request, desk, step) if step else back_to_list(request, form.assignment)


def submitted(request: PersonRequest, form: JudgementForm) -> tuple[Desk, Step | None]:
    """What comes after it; no step where one goes back to the list. Raises what `Assignment.judge` raises."""
    assignment, before = form.assignment, form.assignment.judgement
    count_refused(form)
    judged = authoring.judge if assignment.is_own else overlapping.judge
    taken_back = judged(assignment, form.verdict(), *form.submit())
    desk = Desk.of(request.user, assignment.comparison.project_id)
    if "from_list" in request.POST:
        return desk, None
    step = after(desk, assignment, before)
    if taken_back:
        step.notice = _("You had passed on that pair in another tab. Your answer counts in its place.")
    return desk, step


def count_refused(form: JudgementForm) -> None:
    """How often this form was kept from choosing an unsafe response, told as often as it arrives."""
    if times := form.refused():
        RefusedChoice.note(form.assignment, times, form.cleaned_data.get("key") or uuid.uuid4())


def again(request: PersonRequest, form: JudgementForm, status: int) -> HttpResponse:
    """The pair as it was filled in, and what is wrong with it."""
    count_refused(form)
    assignment = cast(Assignment, reading.assignment(request.user, form.assignment.pk))
    return show(request, Desk.of(request.user, assignment.comparison.project_id), pair_step(assignment, form), status)


def after(desk: Desk, judged: Assignment, before: Judgement | None) -> Step:
    if before and before.outcome == Outcome.CANNOT and (other := cannot_elsewhere(judged)):
        return pair_step(other)
    return step_after(desk, judged)


def back_to_list(request: PersonRequest, changed: Assignment) -> HttpResponse:
    """To the list of one's answers, from which this one was opened."""
    messages.success(request, _("Your change is saved."))
    answer = HttpResponse()
    answer["HX-Redirect"] = reverse("mine", args=[changed.comparison.project.slug])
    return answer


@require_POST
@sign_in_required
def take(request: PersonRequest, slug: str) -> HttpResponse:
    """A pair from stock, while one's own is being written; none while another of one's own waits to be judged."""
    desk = Desk.at(request.user, slug)
    key = identity(request.POST.get("key"))
    busy = desk.asks_first or not desk.has_room_today or desk.round_has_enough or complete_pairs(desk)
    if desk.round and not busy:
        stock.take(request.user, desk.round, desk.axes, key)
        desk = Desk.at(request.user, slug)
    return show(request, desk, next_step(desk))


@require_safe
@never_cache
@sign_in_required
def meanwhile(request: PersonRequest, slug: str) -> HttpResponse:
    """What there is to do while a pair is being written; 204 while that is what the page offers already."""
    offer = on_offer(Desk.at(request.user, slug))
    if request.GET.get("offer") == offer.name:
        return HttpResponse(status=204)
    return render(request, "comparisons/meanwhile.html", {"offer": offer})


@require_safe
@never_cache
@sign_in_required
def pair(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """This pair again, once the stream has said that both responses are settled; the next step when it is judged."""
    turn = get_object_or_404(Turn.objects.of(request.user).select_related("dialogue"), pk=pk)
    desk = Desk.of(request.user, turn.dialogue.project_id)
    assignment = None if desk.must_be_warned else desk.waiting_for(turn.pk)
    return show(request, desk, pair_step(assignment) if assignment else next_step(desk, seen=is_seen(request)))


def is_seen(request: PersonRequest) -> bool:
    """Whether the answer is shown to anybody: one to HEAD is not, nor maybe one that a browser fetches ahead."""
    return request.method != "HEAD" and "prefetch" not in request.headers.get("Sec-Purpose", "")


def show(request: PersonRequest, desk: Desk, step: Step, status: int = 200) -> HttpResponse:
    """The step alone for htmx, the whole page otherwise."""
    template = "comparisons/workbench.html"
    if request.headers.get("HX-Request"):
        template += "#step"
    step.place = Place.of(desk, step)
    if isinstance(step, PairStep) and step.change:
        step.change.from_list = "from_list" in request.POST or not request.headers.get("HX-Request")
    if isinstance(step, PairStep) and step.stream_url:
        step.offer = on_offer(desk)
    if isinstance(step, PromptStep):
        step.tags = Tags.of(step, desk.project, request.user, request.headers.get("Accept-Language", ""))
    if isinstance(step, PairStep) and request.headers.get("HX-Request") and mould.fits(step):
        answer = HttpResponse(mould.cast(request, step), status=status)
    else:
        answer = render(request, template, {"step": step}, status=status)
    answer["Tandem-Person"] = str(request.user.pk)  # a page that somebody else opened in this browser shows none of it
    return answer


def identity(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text or "")
    except ValueError as error:
        raise BadRequest("not a UUID") from error


def number(text: str | None) -> int:
    """A primary key from a form; BadRequest for anything else."""
    if (pk := whole(text or "")) is None:
        raise BadRequest("not a number")
    return pk
