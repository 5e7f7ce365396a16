"""The steps of the workbench, as its template shows them. No model's name ever gets in here."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, cast

from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy

from labeling.comparisons import drafts
from labeling.comparisons.addresses import of_key
from labeling.comparisons.asking_again import may_be_another
from labeling.comparisons.changing import Change
from labeling.comparisons.entered import degrees, entered, reasons
from labeling.comparisons.going_on import Reason
from labeling.comparisons.guidelines import Guideline
from labeling.comparisons.models import Assignment
from labeling.comparisons.panels import Panel, panels_of
from labeling.comparisons.place import Place
from labeling.comparisons.problems import problem_of
from labeling.comparisons.said import Said
from labeling.comparisons.tags import Tags
from labeling.comparisons.workbench import Desk, replaced, settled
from labeling.dialogues import redraws, streams
from labeling.dialogues.forms import PromptForm
from labeling.dialogues.models import UNFINISHED, Completion, State, Turn
from labeling.dialogues.pacing import Cursor, pace
from labeling.projects.differences import Part, compare, words
from labeling.projects.models import Axis, GuidelineVersion

QUESTIONS = {
    Axis.HELPFULNESS: gettext_lazy("Helpfulness: which response is better?"),
    Axis.SAFETY: gettext_lazy("Safety: which response is better?"),
}


@dataclass(kw_only=True)
class Step:
    """What the page shows now. `place` fills the header."""

    kind: ClassVar[str]
    place: Place | None = None
    notice: str = ""  # what has just become of the step before


@dataclass(kw_only=True)
class GuidelineStep(Step):
    kind = "guideline"
    guideline: Guideline
    url: str
    before: int | None = None  # the version that the person has read
    changes: list[Part] = field(default_factory=list)  # since that one


@dataclass(kw_only=True)
class WarningStep(Step):
    """What the project is about, for a person to agree to or to leave."""

    kind = "warning"
    text: str
    url: str

    @property
    def shown(self) -> str:
        """What tells this text from another one, so that nobody agrees to one they have not read."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(kw_only=True)
class NothingStep(Step):
    kind = "nothing"
    title: str
    text: str
    action: dict[str, str] | None = None


@dataclass(kw_only=True)
class PromptStep(Step):
    kind = "prompt"
    form: PromptForm
    dialogue: uuid.UUID
    number: int
    turns: int  # that the project allows
    url: str
    max_chars: int
    allows_own: bool
    context: list[Said] = field(default_factory=list)
    suggestion: dict[str, Any] | None = None
    used_up: bool = False  # this person has had what the round's set has for them
    another_url: str | None = None
    end_url: str | None = None
    goes_on_from: str = ""  # the letter under which its author saw the response that the next prompt answers
    because: Reason | None = None
    before: Turn | None = None  # the turn that it follows
    tags: Tags | None = None  # of a prompt that is to be written

    @property
    def draft(self) -> str:
        return drafts.of_prompt(self.url, self.dialogue, self.number)

    @property
    def refused(self) -> str:
        """A prompt of the set that was sent, and is not offered again; what stood in one's own field is in the form."""
        again = self.suggestion and str(self.suggestion["pk"]) == self.form.data.get("prompt")
        return self.form.data.get("text", "") if self.form.is_of_set and not again else ""


@dataclass(kw_only=True)
class PairStep(Step):
    kind = "pair"
    context: list[Said]
    prompt: Said
    sides: list["Side"]
    replaced: list[str]  # letters
    ready: bool
    axis: str
    axis_label: str
    question: str
    degrees: tuple[dict[str, Any], ...]
    labels_needed: bool
    comment_needed: bool
    reasons_needed: bool
    guideline: Guideline
    judge_url: str
    pair_url: str
    end_url: str
    lease_url: str  # of another person's pair, to be renewed while it is on the page
    stream_url: str | None
    waited: int  # seconds since the later of the two was asked for; 0 once both have ended
    turn: int
    turns: int
    key: uuid.UUID
    panels: list[Panel] = field(default_factory=list)
    offer: Any = None  # what to do while it is being written, see `meanwhile`
    change: Change | None = None  # of an answer that was given before
    sent_back: str = ""  # why, where a reviewer did
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> str:
        return drafts.of_answer(self.judge_url, (side.key for side in self.sides), self.change)


@dataclass
class Side:
    """One response on its side. `key` names it in the page and the stream; it says nothing about the model."""

    letter: str
    key: str
    state: str
    text: str
    html: SafeString
    truncated: bool
    problem: str
    reasons: list[dict[str, Any]]  # what may be ticked under it
    retry_url: str  # empty where asking again would end the same way
    stop_url: str  # empty once it has ended
    stop_key: str  # of the hand on its side
    stopped: bool  # by its author
    words: int | None  # how long it is; told once it is judged, since length is easily taken for worth

    @classmethod
    def of(
        cls,
        letter: str,
        completion: Completion,
        text_so_far: str,
        together: State | None,
        reasons: list[dict[str, Any]],
        problem: str,
        judged: bool,
        own: bool,
    ) -> "Side":
        """`together` is how far both sides are, where the pace of each is not to be seen."""
        shown = completion.state if completion.state == State.FAILED or together is None else together
        if completion.stopped:
            again = own and not judged and may_be_another(completion)
        else:
            again = own and not completion.tokens_over
        going_on = shown in UNFINISHED and not completion.stopped
        return cls(
            letter=letter,
            key=str(completion.pk),
            state=shown,
            text="" if completion.state == State.DONE and together is None else text_so_far,
            html=mark_safe(completion.html),  # noqa: S308 - sanitised when it was stored
            truncated=completion.truncated,
            problem=problem,
            reasons=reasons,
            retry_url=of_key("retry", completion.pk) if again else "",
            stop_url=of_key("stop", completion.pk) if going_on else "",
            stop_key="f" if letter == "A" else "j",
            stopped=completion.stopped,
            words=words(completion.text) if judged else None,
        )


def guideline_step(desk: Desk, version: GuidelineVersion) -> GuidelineStep:
    step = GuidelineStep(guideline=Guideline.of(version), url=reverse("acknowledge", args=[desk.project.slug]))
    if before := version.read_before_by(desk.person):
        step.before, step.changes = before.number, compare(before.wording, version.wording)
    return step


def pair_step(assignment: Assignment, form: Any = None) -> PairStep:
    """A pair as it stands: texts that are final, texts so far, and where the stream of an author's goes on."""
    comparison, values = assignment.comparison, entered(assignment, form)
    sides, cursor = _sides(assignment, values)
    change = Change.of(assignment) if assignment.judgement_id else None
    waiting = not settled(assignment.sides())
    guideline = Guideline.of(assignment.guideline)
    turn = cast(Turn, comparison.turn) if assignment.is_own else None
    return PairStep(
        context=[Said.of(message) for message in comparison.context[:-1]],
        prompt=Said.of(comparison.context[-1]),
        sides=sides,
        replaced=replaced(assignment),
        ready=all(side.state == State.DONE for side in sides) and not (change and change.refusal),
        axis=assignment.axis,
        axis_label=guideline.axis_label,
        question=str(QUESTIONS[Axis(assignment.axis)]),
        degrees=degrees(values.get("choice"), change.kept if change else "", get_language()),
        labels_needed=assignment.axis == Axis.SAFETY,
        comment_needed=comparison.project.requires_comment,
        reasons_needed=comparison.project.requires_reasons,
        guideline=guideline,
        judge_url=of_key("judge", assignment.pk),
        pair_url=of_key("pair", turn.pk) if turn else "",
        end_url=of_key("end_dialogue", turn.dialogue_id) if turn else "",
        lease_url=of_key("renew_lease", assignment.pk) if not turn and not change else "",
        stream_url=_stream_url(assignment, cursor) if waiting else None,
        waited=_seconds_since(max(side.queued_at for side in assignment.sides())) if waiting else 0,
        turn=turn.number if turn else 0,
        turns=comparison.project.max_turns if turn else 1,
        key=uuid.uuid4(),
        panels=panels_of(assignment, changes=change is not None, takes_any=change is None or change.takes_any),
        change=change,
        sent_back=assignment.note,
        values=dict(values.items()),
        errors={name: str(errors[0]) for name, errors in form.errors.items()} if form else {},
    )


def _seconds_since(when: datetime) -> int:
    return max(0, round((timezone.now() - when).total_seconds()))


def _stream_url(assignment: Assignment, cursor: Cursor) -> str:
    """Goes on where the page is, as long as the pair is the one that the page shows."""
    keys = ".".join(str(completion.pk) for completion in streams.in_order(assignment.sides()))
    return f"{of_key('turn_stream', cast(uuid.UUID, assignment.comparison.turn_id))}?after={cursor}&of={keys}"


def _sides(assignment: Assignment, values: MultiValueDict[str, str]) -> tuple[list[Side], Cursor]:
    """Both sides, and the cursor, in an order that tells nothing about the draws.

    Until both have ended a side looks no further on than the project's pacing allows.
    """
    pair, pacing = assignment.sides(), assignment.comparison.project.pacing
    ordered = streams.in_order(pair)
    entries = [[], []] if settled(pair) else streams.so_far(ordered)
    finals = [completion.text if completion.state == State.DONE else None for completion in ordered]
    asked_again = any(completion.queued_at > assignment.comparison.created_at for completion in pair)
    texts, cursor = pace(pacing, entries, finals, redraws.stood_before(ordered) if asked_again else ())
    so_far = dict(zip((completion.pk for completion in ordered), texts, strict=True))
    started = any(completion.state != State.QUEUED for completion in pair)
    together = None if settled(pair) or pacing == "own" else State.RUNNING if started else State.QUEUED
    sides = [
        Side.of(
            letter,
            completion,
            so_far[completion.pk],
            together,
            reasons(assignment, letter, values),
            problem_of(completion, pair),
            assignment.judgement_id is not None,
            assignment.is_own,
        )
        for letter, completion in zip("AB", pair, strict=True)
    ]
    return sides, cursor
