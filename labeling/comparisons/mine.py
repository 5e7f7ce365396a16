"""What somebody answered in a project, for themselves to look over: the newest first, a page at a time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from labeling.cohorts.models import Person
from labeling.comparisons.changing import refusal
from labeling.comparisons.judgements import CURRENT, IN_WORDS, Side, lines, side_of
from labeling.comparisons.models import Judgement
from labeling.projects.differences import words
from labeling.projects.models import Project

FOLDED = 3  # lines of a comment that are shown until one asks for more


@dataclass
class Answer:
    """One of them, with what was said of each response."""

    judgement: Judgement
    prompt: str
    letter: str  # of the response that was chosen; empty where the pair could not be judged
    degree: Any
    words: tuple[int, int]  # of A and of B
    sides: list[Side]
    long: bool  # the comment
    may_change: bool

    @classmethod
    def of(cls, judgement: Judgement) -> "Answer":
        assignment = judgement.assignment
        comparison = assignment.comparison
        sides = [side_of(judgement, letter, one) for letter, one in zip("AB", assignment.sides(), strict=True)]
        return cls(
            judgement=judgement,
            prompt=comparison.context[-1]["content"],
            letter=next((side.letter for side in sides if side.chosen), ""),
            degree=IN_WORDS.get(judgement.degree),  # type: ignore[call-overload]
            words=(words(sides[0].completion.text), words(sides[1].completion.text)),
            sides=sides,
            long=lines(judgement.comment) > FOLDED,
            may_change=not refusal(comparison.round),
        )


def projects(person: Person) -> QuerySet[Project]:
    """Where they may work, or have worked."""
    own = Q(pk__in=person.workdays.values("project"))
    return Project.objects.filter(Q(pk__in=Project.objects.open_to(person)) | own)


def answers(person: Person, project: Project) -> QuerySet[Judgement]:
    mine = CURRENT.filter(assignment__person=person, assignment__comparison__project=project)
    pair = ("assignment__comparison__first", "assignment__comparison__second")
    return mine.select_related("assignment__comparison__round__project", *pair)
