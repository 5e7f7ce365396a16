"""Small questions that open above the bar of a pair: a reason to choose, and words to go with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from labeling.comparisons.addresses import of_key
from labeling.comparisons.forms import CannotForm, PassForm, ReasonForm, ReportForm
from labeling.comparisons.models import Assignment


@dataclass
class Option:
    """One reason, and the digit that chooses it."""

    value: str
    label: str
    key: str
    checked: bool


@dataclass(repr=False)
class Panel:
    """`key` opens it. It comes open, with what was typed, where its form was refused. `sent` is for one that leaves
    the pair as it is: what the page says once it was sent."""

    name: str
    key: str
    view: str
    own: bool  # about one's own pair
    button: str
    question: str
    help: str
    words: str  # what the text is, for who listens rather than looks
    submit: str
    url: str = ""
    sent: str = ""
    options: tuple[Option, ...] = ()
    text: str = ""
    problem: str = ""
    no_reason: str = ""  # what is said where none is chosen
    need_words: tuple[str, ...] = ()  # the reasons that have to be explained
    chosen: str | None = None

    def __repr__(self) -> str:
        """Without its words: in one language they follow from whose the pair is."""
        return f"{self.name} {self.own} {self.url} {self.chosen!r} {self.text!r} {self.problem!r}"

    def take(self, form: ReasonForm | type[ReasonForm]) -> "Panel":
        """With the reasons that the form offers, and what it holds."""
        self.need_words = form.NEED_WORDS
        self.no_reason = str(form.base_fields["reason"].error_messages["required"])
        if isinstance(form, type):
            self.options = options(form, None, get_language())
            return self
        self.problem = " ".join(str(problems[0]) for problems in form.errors.values())
        self.chosen = form.cleaned_data.get("reason")
        self.options = options(type(form), self.chosen, get_language())
        self.text = form.data.get("comment", "")
        return self


@lru_cache(maxsize=64)
def options(form: type[ReasonForm], chosen: str | None, language: str | None) -> tuple[Option, ...]:
    """A form's reasons, in the language that is active. Kept, for they come with every pair, and to make a form takes a
    quarter of a millisecond."""
    offered = enumerate(form.base_fields["reason"].choices, start=1)  # type: ignore[attr-defined]
    return tuple(Option(value, str(label), str(place), value == chosen) for place, (value, label) in offered)


def panels_of(assignment: Assignment, *, changes: bool, takes_any: bool) -> list[Panel]:
    """What may be said of a pair in place of a judgement, or beside one. Nobody passes on what they have answered."""
    panels = [cannot_panel(assignment)] if takes_any else []
    return [*panels, *([] if changes else [pass_panel(assignment)]), report_panel(assignment)]


def filled(words: Callable[[bool, str | None], Panel], assignment: Assignment, form: ReasonForm | None) -> Panel:
    """About this pair. Its words are kept: to translate them anew took a twentieth of the time of a judgement."""
    empty = words(assignment.is_own, get_language())
    panel = replace(empty, url=of_key(empty.view, assignment.pk))
    return panel.take(form) if form else panel


def cannot_panel(assignment: Assignment, form: CannotForm | None = None) -> Panel:
    return filled(cannot_words, assignment, form)


@lru_cache
def cannot_words(own: bool, _language: str | None) -> Panel:
    panel = Panel(
        name="cannot",
        key="x",
        view="cannot_judge",
        own=own,
        button=_("Cannot be judged"),
        question=_("Why can this pair not be judged?"),
        help=_(
            "An answer about the pair: nobody could say which response is better. It counts as done, and this "
            "conversation ends here."
        )
        if own
        else _("An answer about the pair: nobody could say which response is better. It counts as done."),
        words=_("Anything to add"),
        submit=_("It cannot be judged"),
    )
    return panel.take(CannotForm)


def pass_panel(assignment: Assignment, form: PassForm | None = None) -> Panel:
    return filled(pass_words, assignment, form)


@lru_cache
def pass_words(own: bool, _language: str | None) -> Panel:
    panel = Panel(
        name="pass",
        key="s",
        view="pass",
        own=own,
        button=_("Pass"),
        question=_("Why do you pass on this pair?"),
        help=passing_on(own=own),
        words=_("Anything to add, if you like"),
        submit=_("Pass on it"),
    )
    return panel.take(PassForm)


def passing_on(*, own: bool) -> str:
    """What becomes of a pair that one passes on."""
    if own:
        return _(
            "For a pair that you would rather not judge. Nothing counts against you, and nobody else gets it: this "
            "conversation ends here. Undo brings it back."
        )
    return _(
        "For a pair that you would rather not judge. Nothing counts against you; somebody else gets it. Undo brings it "
        "back, unless they have it by then."
    )


def report_panel(assignment: Assignment, form: ReportForm | None = None) -> Panel:
    return filled(report_words, assignment, form)


@lru_cache
def report_words(own: bool, _language: str | None) -> Panel:
    panel = Panel(
        name="report",
        key="r",
        view="report",
        own=own,
        button=_("Report"),
        question=_("What is the problem?"),
        help=_(
            "Your manager sees it with this pair, and answers you here. The pair stays, and so does what you entered."
        ),
        words=_("What your manager should know"),
        submit=_("Send it"),
        sent=_("Your report is sent"),
    )
    return panel.take(ReportForm)
