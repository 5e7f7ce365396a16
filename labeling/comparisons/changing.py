"""An answer that is changed: what of it still may, and where its author came from."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from labeling.comparisons import reading
from labeling.comparisons.models import Assignment, Outcome
from labeling.projects import languages
from labeling.projects.models import Round


@dataclass
class Change:
    """`kept` is the letter of the response that the dialogue went on from: the choice stays with it. `refusal` says why
    nothing may change, and `cannot` why the pair could not be judged. Who came `from_list` is led back there."""

    kept: str
    refusal: str
    cannot: str
    work_url: str
    list_url: str
    language: str  # of the prompt, which its author may correct
    languages: SafeString
    language_url: str
    revision: int  # of the answer, for telling apart what is begun from each
    from_list: bool = False

    @property
    def takes_any(self) -> bool:
        """Whether something else altogether may be said."""
        return not self.kept and not self.refusal

    @classmethod
    def of(cls, assignment: Assignment) -> "Change":
        slug, turn = assignment.comparison.project.slug, assignment.comparison.turn if assignment.is_own else None
        return cls(
            kept=kept(assignment),
            refusal=refusal(assignment.comparison.round),
            cannot=assignment.judgement.get_cannot_reason_display() if assignment.judgement else "",
            work_url=reverse("workbench", args=[slug]),
            list_url=reverse("mine", args=[slug]),
            language=languages.named(turn.language) if turn else "",
            languages=languages.options(turn.language) if turn else SafeString(),
            language_url=reverse("correct_language", args=[turn.pk]) if turn else "",
            revision=assignment.judgement.revision if assignment.judgement else 0,
        )


def kept(assignment: Assignment) -> str:
    """What was chosen may change until the next prompt is sent; where nothing was chosen, there is nothing to keep."""
    said = assignment.judgement
    if said is None or said.chosen_id is None or not assignment.went_on():
        return ""
    return "A" if said.chosen_id == assignment.sides()[0].pk else "B"


def refusal(round_: Round) -> str:
    """Empty while the round takes judgements."""
    if round_.state != Round.State.OPEN:
        return _("Round %(n)d takes no changes any more. This is what you answered.") % {"n": round_.number}
    if round_.project.stopped_at:
        return _("This project is paused. You can change this answer when your manager resumes it.")
    return ""


def cannot_elsewhere(changed: Assignment) -> Assignment | None:
    """The next axis on which it was said that this pair cannot be judged: to be changed as well."""
    mine = changed.comparison.assignments.of(changed.person).filter(judgement__outcome=Outcome.CANNOT)
    other = mine.first()
    return reading.assignment(changed.person, other.pk) if other else None
