"""Small questions that open above the bar of a pair: a reason to choose, and words to go with it."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.comparisons.forms import CannotForm
from labeling.comparisons.models import Assignment


@dataclass
class Option:
    """One reason, and the digit that chooses it."""

    value: str
    label: Any
    key: str
    checked: bool


@dataclass
class Panel:
    """`key` opens it. It comes open, with what was typed, where its form was refused."""

    name: str
    key: str
    url: str
    button: str
    question: str
    help: str
    words: str  # what the text is, for who listens rather than looks
    submit: str
    options: list[Option] = field(default_factory=list)
    text: str = ""
    problem: str = ""
    needs_words: str = ""  # the reason that has to be explained

    def take(self, form: forms.Form) -> "Panel":
        """With the reasons that the form offers, and what it holds."""
        chosen = form.data.get("reason")
        offered = enumerate(form.fields["reason"].choices, start=1)  # type: ignore[attr-defined]
        self.options = [Option(value, label, str(place), value == chosen) for place, (value, label) in offered]
        self.text = form.data.get("comment", "")
        self.problem = " ".join(str(problems[0]) for problems in form.errors.values())
        return self


def cannot_panel(assignment: Assignment, form: CannotForm | None = None) -> Panel:
    panel = Panel(
        name="cannot",
        key="x",
        url=reverse("cannot_judge", args=[assignment.pk]),
        button=_("Cannot be judged"),
        question=_("Why can this pair not be judged?"),
        help=_("It counts as done, and this conversation ends here."),
        words=_("Anything to add"),
        submit=_("It cannot be judged"),
        needs_words="other",
    )
    return panel.take(form or CannotForm())
