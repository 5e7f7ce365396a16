"""What somebody answered in a project, for themselves to look over: the newest first, a page at a time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from labeling.cohorts.models import Person
from labeling.comparisons.changing import refusal
from labeling.comparisons.judgements import CURRENT, IN_WORDS
from labeling.comparisons.models import Judgement
from labeling.projects.differences import words
from labeling.projects.models import Project


@dataclass
class Answer:
    """One of them in a line. `letter` is the response that was chosen, empty where the pair could not be judged."""

    judgement: Judgement
    prompt: str
    letter: str
    degree: Any
    words: tuple[int, int]  # of A and of B
    may_change: bool

    @classmethod
    def of(cls, judgement: Judgement) -> "Answer":
        assignment = judgement.assignment
        comparison = assignment.comparison
        first_stands_as, second_stands_as = "BA" if assignment.swapped else "AB"
        letters = {comparison.first_id: first_stands_as, comparison.second_id: second_stands_as, None: ""}
        return cls(
            judgement=judgement,
            prompt=comparison.context[-1]["content"],
            letter=letters[judgement.chosen_id],
            degree=IN_WORDS.get(judgement.degree),  # type: ignore[call-overload]
            words=(words(assignment.sides()[0].text), words(assignment.sides()[1].text)),
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
