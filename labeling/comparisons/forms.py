"""What an annotator submits about a pair, in terms of A and B; the model's terms come out."""

from copy import deepcopy
from functools import lru_cache
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.comparisons.models import (
    Assignment,
    CannotBeJudged,
    CannotReason,
    NotReady,
    PassReason,
    Report,
    Timing,
    Verdict,
)
from labeling.projects.models import Axis
from labeling.projects.typed import whole

CHOICES = [(str(value), "") for value in (-4, -3, -2, -1, 1, 2, 3, 4)]
LABELS = [("safe", _("safe")), ("unsafe", _("unsafe"))]
FORBIDDEN = "unsafe_over_safe"
MOST_REFUSED = 100  # told by one form; more are no person's doing
LONGEST = 7 * 24 * 3600 * 1000  # milliseconds; a page that was open longer tells nothing


def comment_field(**messages: Any) -> forms.CharField:
    messages = {"max_length": _("Keep the comment under %(limit_value)d characters."), **messages}
    return forms.CharField(required=False, max_length=4000, error_messages=messages)


class TimedForm(forms.Form):
    """An answer to a pair, with what the page measured."""

    key = forms.UUIDField()
    instead_of = forms.IntegerField(required=False)  # the revision that the page showed

    def timing(self) -> Timing:
        """Nothing where that is missing or impossible, since no judgement hangs on a clock."""

        def seconds(name: str) -> float | None:
            milliseconds = whole(self.data.get(name, ""))
            return None if milliseconds is None or milliseconds > LONGEST else milliseconds / 1000

        return Timing(active=seconds("active_ms"), elapsed=seconds("elapsed_ms"))

    def submit(self) -> tuple[UUID, Timing, int | None]:
        """What names this submit, how long it took, and which revision it is in place of."""
        return self.cleaned_data["key"], self.timing(), self.cleaned_data["instead_of"]


class ReasonForm(TimedForm):
    """A reason to choose, and words, which some reasons need."""

    NEED_WORDS: ClassVar[tuple[str, ...]] = ()

    reason: forms.ChoiceField
    comment = comment_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") in self.NEED_WORDS and not cleaned.get("comment"):
            self.add_error("comment", _("Say in a few words what it is."))
        return cleaned


class PassForm(ReasonForm):
    """Why somebody would rather not judge a pair."""

    reason = forms.ChoiceField(
        choices=[(reason.value, reason.label) for reason in PassReason if reason != PassReason.ENDED],
        error_messages={"required": _("Choose a reason; “I would rather not say” is one, too.")},
    )


class ReportForm(ReasonForm):
    """What is the matter with a pair, for the managers to read."""

    NEED_WORDS = (Report.Kind.GUIDELINE, Report.Kind.OTHER)

    reason = forms.ChoiceField(
        choices=Report.Kind.choices, error_messages={"required": _("Choose what the problem is.")}
    )


class ProjectReportForm(ReportForm):
    """What is the matter with a project, away from any pair, on a page of its own."""

    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("What is the problem?"),
        choices=Report.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the problem is.")},
    )
    comment = forms.CharField(
        label=_("What your manager should know"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"max_length": _("Keep the comment under %(limit_value)d characters.")},
    )


class AnswerForm(forms.Form):
    """What a manager answers to a report."""

    answer = forms.CharField(
        label=_("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Write an answer first.")},
    )
    to_everyone = forms.BooleanField(required=False)


class CannotForm(ReasonForm):
    """Why a pair cannot be judged."""

    NEED_WORDS = (CannotReason.OTHER,)

    reason = forms.ChoiceField(
        choices=CannotReason.choices, error_messages={"required": _("Choose why the pair cannot be judged.")}
    )

    def said(self) -> CannotBeJudged:
        return CannotBeJudged(self.cleaned_data["reason"], self.cleaned_data["comment"])


class JudgementForm(TimedForm):
    """`choice` is −4 … −1 for A and 1 … 4 for B: the sign says which, the size by how much."""

    choice = forms.TypedChoiceField(
        choices=CHOICES, coerce=int, error_messages={"required": _("Choose the better response.")}
    )
    a_label = forms.ChoiceField(choices=LABELS, error_messages={"required": _("Say whether response A is safe.")})
    b_label = forms.ChoiceField(choices=LABELS, error_messages={"required": _("Say whether response B is safe.")})
    sides = forms.CharField(required=False, max_length=100)  # the keys of the responses that the page showed
    a_false_refusal = forms.BooleanField(required=False)
    b_false_refusal = forms.BooleanField(required=False)
    comment = comment_field(required=_("Say in a comment what decided it."))

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        project, axis = assignment.comparison.project, assignment.axis
        fields = asked(axis, tuple(project.reasons_for(axis)), project.requires_comment)
        self.base_fields = fields  # type: ignore[misc]  # Django takes a form's own before its class's
        super().__init__(*args, **kwargs)
        self.assignment = assignment

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        choice, a, b = (cleaned.get(name) for name in ("choice", "a_label", "b_label"))
        if choice and a and b:
            chosen, rejected = (a, b) if choice < 0 else (b, a)
            if chosen == "unsafe" and rejected == "safe":
                never = _("An unsafe response is never chosen over a safe one. Change the choice or a label.")
                self.add_error("choice", forms.ValidationError(never, code=FORBIDDEN))
        wanted = self.assignment.comparison.project.requires_reasons
        if wanted and not cleaned.get("a_reasons") and not cleaned.get("b_reasons"):
            self.add_error("a_reasons", _("Tick at least one reason, under either response."))
        return cleaned

    def refused(self) -> int:
        """How often this form would have chosen an unsafe response over a safe one: the page counts what it stopped."""
        before = whole(self.data.get("refused", "")) or 0
        return min(before + self.has_error("choice", FORBIDDEN), MOST_REFUSED)

    def verdict(self) -> Verdict:
        """The valid form, by completion instead of by side. Raises NotReady where the page showed another response."""
        data, pair = self.cleaned_data, self.assignment.sides()
        if data["sides"] and data["sides"] != ".".join(str(completion.pk) for completion in pair):
            raise NotReady
        sides = list(zip(("a", "b"), pair, strict=True))
        if data["choice"] > 0:
            sides.reverse()
        (chosen_letter, chosen), (rejected_letter, rejected) = sides
        safe = {letter: self._is_safe(letter) for letter, _completion in sides}
        return Verdict(
            chosen=chosen,
            rejected=rejected,
            degree=abs(data["choice"]),
            chosen_safe=safe[chosen_letter],
            rejected_safe=safe[rejected_letter],
            chosen_false_refusal=data[f"{chosen_letter}_false_refusal"],
            rejected_false_refusal=data[f"{rejected_letter}_false_refusal"],
            chosen_reasons=data[f"{chosen_letter}_reasons"],
            rejected_reasons=data[f"{rejected_letter}_reasons"],
            comment=data["comment"],
        )

    def _is_safe(self, letter: str) -> bool | None:
        label = self.cleaned_data.get(f"{letter}_label")
        return None if label is None else label == "safe"


class Shared(dict[str, forms.Field]):
    """Fields that one form after the other is given as they are. Django copies all of them for each form, since a form
    may change its own; these forms do not, and to copy nine fields took a twentieth of a judgement's time."""

    def __deepcopy__(self, memo: Any) -> Self:
        return self


@lru_cache(maxsize=256)
def asked(axis: str, reasons: tuple[str, ...], comment_needed: bool) -> Shared:
    """What a judgement may say on this axis, by what the project asks for."""
    fields = deepcopy(JudgementForm.declared_fields)
    fields["comment"].required = comment_needed
    for letter in "ab":
        fields[f"{letter}_reasons"] = forms.MultipleChoiceField(choices=[(one, one) for one in reasons], required=False)
    if axis != Axis.SAFETY:
        del fields["a_label"], fields["b_label"]
    return Shared(fields)
