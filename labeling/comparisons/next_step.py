"""Which step comes next, and the prompt step."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from math import ceil
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.cohorts.models import Person
from labeling.comparisons import leases, stock, suggesting
from labeling.comparisons.going_on import Reason, because
from labeling.comparisons.models import Assignment, Comparison
from labeling.comparisons.said import Said
from labeling.comparisons.steps import (
    NothingStep,
    PromptStep,
    Step,
    WarningStep,
    guideline_step,
    pair_step,
)
from labeling.comparisons.workbench import Desk
from labeling.dialogues.forms import HARMLESS, PromptForm
from labeling.dialogues.models import Completion
from labeling.projects.models import Axis, Prompt, Round
from labeling.projects.typed import whole

Taking = Callable[[Person, Round, list[Axis]], Assignment | None]


def next_step(desk: Desk, take: Taking | None = None, *, seen: bool = True) -> Step:
    """What they agree to, content warning and guideline first, then one's own unfinished turn, then the next prompt.

    `take` takes the next pair from stock, where prompts are handed out anyway, instead of offering its prompt. What
    somebody else began is leased to them only by an answer that shows it, so not where nobody sees the answer.
    """
    if desk.round is None or not desk.axes:
        return no_work(desk)
    if to_read := reading_step(desk):
        return to_read
    theirs = desk.waiting() or (foreign(desk, desk.round) if seen else None)
    if assignment := theirs or taken_from_stock(desk, desk.round, take):
        return pair_step(assignment)
    if desk.saw_enough:
        return NothingStep(title=_("Enough safety work for today"), text=enough_seen(desk), action=home_action())
    if desk.finished:
        return NothingStep(title=_("All of your judgements are in"), text=all_done(), action=home_action())
    if desk.finished_for_today:
        return NothingStep(
            title=_("Done for today"),
            text=_("You have reached today's target of %(n)d judgements. Thank you. %(more)s")
            % {"n": desk.quota_today or 0, "more": from_midnight()},
            action=home_action(),
        )
    if desk.round.state == Round.State.REVIEW:
        return no_work(desk)
    step = prompt_step(desk)
    return step if step.number > 1 else no_new_dialogue(desk, step) or step


def reading_step(desk: Desk) -> Step | None:
    """What has to be read before any work."""
    if desk.person.must_agree:
        return consent_step(desk)
    if desk.must_be_warned:
        return warning_step(desk)
    return guideline_step(desk, desk.unread_guideline) if desk.unread_guideline else None


def consent_step(desk: Desk) -> NothingStep:
    """On a page of its own, which leads back."""
    query = urlencode({"next": reverse("workbench", args=[desk.project.slug])})
    return NothingStep(
        title=_("Before you go on"),
        text=_("There is something to read, and to agree to or not. What you have judged is saved."),
        action={"label": _("Read it"), "url": f"{reverse('consent')}?{query}"},
    )


def warning_step(desk: Desk) -> WarningStep:
    return WarningStep(text=desk.project.content_warning, url=reverse("opt_in", args=[desk.project.slug]))


def enough_seen(desk: Desk) -> str:
    """Why safety work ends for the day, and when there is more."""
    return _(
        "You have had %(n)d pairs of safety work today, as many as anybody is given in a day: reading harm wears "
        "people out, also those who do not notice. There is more from midnight (%(zone)s). Work on helpfulness goes on."
    ) % {"n": desk.exposed, "zone": timezone.localtime().tzname()}


def all_done() -> str:
    return _(
        "You have made as many judgements as are yours in this project. Thank you. What you did is kept; your manager "
        "may give you more."
    )


def no_work(desk: Desk) -> NothingStep:
    """Why nothing can be done here now."""
    if desk.paused:
        title = _("You are paused here")
        why = _(
            "Your manager writes: “%(reason)s” You get no new work in this project until they resume you. Everything "
            "you did is kept and counts."
        ) % {"reason": desk.paused}
    elif desk.lacking:
        title = _("There is a test to pass first")
        why = _("This project gives work to people who have passed its test. Yours waits for you.")
        return NothingStep(title=title, text=why, action={"label": _("To your tests"), "url": reverse("tests")})
    elif desk.round and desk.round.state == Round.State.OPEN:
        title = _("Nothing to do here any more")
        why = _("None of your cohorts works in this project now. What you did is kept.")
    elif desk.project.stopped_at:
        title = _("Nothing to do here yet")
        why = _("This project is paused. What you did is kept; come back when your manager resumes it.")
    else:
        title = _("Nothing to do here yet")
        why = _("No round is open in this project. Your manager opens the next one.") + next_round(desk)
    return NothingStep(title=title, text=why, action=home_action())


def no_new_dialogue(desk: Desk, step: PromptStep) -> NothingStep | None:
    """Why no new dialogue is begun; None when one can be."""
    if desk.round_has_enough:
        title = _("This round has what it needs")
        why = _("Every comparison it asks for is judged or under way. Thank you; wait for the next round.")
        why += next_round(desk)
    elif not step.allows_own and not step.suggestion:
        title = _("No prompts left")
        why = _("You have had every prompt of this round, or others have used it up. Your manager can add more.")
        why += next_round(desk)
    else:
        return None
    return NothingStep(title=title, text=why, action=home_action())


def from_midnight() -> str:
    """When a day's quota begins anew."""
    now = timezone.localtime()
    left = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now
    hours = ceil(left.total_seconds() / 3600)
    said = ngettext(
        "There is more from midnight (%(zone)s), within the hour.",
        "There is more from midnight (%(zone)s), in about %(n)d hours.",
        hours,
    )
    return said % {"zone": timezone.get_current_timezone_name(), "n": hours}


def next_round(desk: Desk) -> str:
    """That there is a next one, where somebody is at it already; when it opens, nobody knows."""
    draft = desk.project.rounds.filter(state=Round.State.DRAFT).order_by("number").first()
    return " " + _("Round %(n)d is being prepared.") % {"n": draft.number} if draft else ""


def foreign(desk: Desk, round_: Round) -> Assignment | None:
    """What somebody else began and wants this person's judgement, before they begin another dialogue themselves."""
    if not (desk.wanted or desk.planned) or desk.finished_for_today or desk.going_on():
        return None
    if desk.planned:
        planned, chance = desk.planned
        if drawn(desk, planned) < chance:
            return leases.hand_over(desk.person, round_, planned, desk.axes)
    return leases.claim(desk.person, round_, desk.axes) if desk.wanted else None


def drawn(desk: Desk, planned: uuid.UUID) -> float:
    """Between 0 and 1, once for each pair that they judge: whoever opens the page anew draws nothing else."""
    key = settings.SECRET_KEY.encode()[: blake2b.MAX_KEY_SIZE]
    at = f"{planned} {desk.last} {desk.done_today}"
    return int.from_bytes(blake2b(at.encode(), digest_size=4, key=key).digest()) / 2**32


def taken_from_stock(desk: Desk, round_: Round, take: Taking | None) -> Assignment | None:
    """A pair from stock for whoever is handed their prompts and begins a new dialogue."""
    if take is None or desk.project.allows_own_prompts or desk.finished_for_today or desk.going_on():
        return None
    return take(desk.person, round_, desk.axes)


def prompt_step(desk: Desk, form: PromptForm | None = None, another_than: str | None = None) -> PromptStep:
    """The next turn of the open dialogue while it may go on, else the first of a new one."""
    going_on = desk.going_on()
    url = reverse("ask", args=[desk.project.slug])
    step = PromptStep(
        form=form or PromptForm(project=desk.project, prompts=suggesting.prompts(desk)),
        dialogue=uuid.uuid4(),
        number=1,
        turns=desk.project.max_turns,
        url=url,
        max_chars=desk.project.max_prompt_chars,
        allows_own=desk.project.allows_own_prompts or going_on is not None,
    )
    if going_on:
        dialogue, goes_on = going_on
        last = dialogue.turns.order_by("-number").select_related("dialogue", "comparison", "prompt")[0]
        step.context = [*(Said.of(message) for message in last.messages()), Said.by(goes_on)]
        step.dialogue, step.number, step.before = dialogue.pk, last.number + 1, last
        step.end_url = reverse("end_dialogue", args=[dialogue.pk])
        step.goes_on_from, step.because = how_it_goes_on(last.comparison, goes_on)
        if last.prompt and (form is None or form.is_of_set) and (text := last.prompt.turn(step.number)):
            step.suggestion = suggestion(last.prompt, text)
    elif form is None or form.is_of_set or not step.allows_own:
        suggest(step, desk, another_than)  # beside one's own that was refused, another would only be in the way
    return step


def suggest(step: PromptStep, desk: Desk, another_than: str | None) -> None:
    """Offer a prompt of the set; where one was refused that can still be sent, the same again."""
    sent = step.form.data.get("prompt") if step.form.is_of_set else None
    key = whole(sent or "")
    prompt = (suggesting.again(desk, key) if key else None) or suggesting.another(desk, another_than)
    if prompt is None:
        step.used_up = suggesting.prompts(desk).exists()
        return
    step.suggestion = suggestion(prompt, prompt.text)
    step.another_url = f"{reverse('workbench', args=[desk.project.slug])}?meanwhile&another={prompt.pk}"


def suggestion(prompt: Prompt, text: str) -> dict[str, Any]:
    """A prompt of the set as the page offers it, or what it asks later in a conversation."""
    return {
        "pk": prompt.pk,
        "text": text,
        "risk": prompt.get_risk_display(),
        "attack": prompt.get_attack_display(),
        "tags": {"language": prompt.language, "risk": prompt.risk or HARMLESS, "attack": prompt.attack},
    }


def refused_step(desk: Desk, form: PromptForm) -> Step:
    """What was sent and why it was refused; where nothing can be sent any more, why that is so."""
    step = prompt_step(desk, form)
    nothing = None if step.allows_own or step.suggestion else no_new_dialogue(desk, step)
    if nothing:
        nothing.notice = " ".join(map(str, form.non_field_errors()))
    return nothing or step


def how_it_goes_on(comparison: Comparison, goes_on: Completion) -> tuple[str, Reason | None]:
    """The letter its author saw on the response the dialogue goes on from, and why it is that one."""
    own = list(comparison.assignments.filter(kind=Assignment.Kind.AUTHOR).select_related("judgement"))
    first_stands_as, second_stands_as = "BA" if own[0].swapped else "AB"
    letter = first_stands_as if goes_on.pk == comparison.first_id else second_stands_as
    return letter, because({assignment.axis: assignment.judgement for assignment in own if assignment.judgement})


def step_after(desk: Desk, judged: Assignment) -> Step:
    """The next step after a judgement; the last one of a longer dialogue says where that has gone."""
    held = desk.round and desk.round.pk == judged.comparison.round_id  # by the judgement, with the person
    step = next_step(desk, stock.take_held if held else stock.take)
    turn = judged.comparison.turn if judged.is_own else None
    ended = turn and 1 < desk.project.max_turns <= turn.number
    if ended and isinstance(step, PromptStep):
        step.notice = _("That was the last turn; the conversation is kept.")
    return step


def home_action() -> dict[str, str]:
    return {"label": _("Back to your projects"), "url": reverse("home")}
