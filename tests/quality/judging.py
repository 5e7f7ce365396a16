"""Comparisons that several people judge, as the database has them in the end."""

import uuid
from typing import Any

from django.db import transaction

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, CannotBeJudged, Comparison, Timing, Verdict
from labeling.dialogues.models import Written
from labeling.projects.models import Project
from labeling.quality import computing
from labeling.quality.models import Computation, Counts, Total
from labeling.quality.totals import totals
from tests.people import answer, ask
from tests.processes import wait_until

UNCOUNTED = {"gold", "repeat", "adjudication"}


def compared(
    author: Person, project: Project, texts: tuple[str, str] = ("One.", "Two."), language: str = "en"
) -> Comparison:
    with transaction.atomic():  # before any worker hears of it
        turn = ask(author, project, f"Why? {uuid.uuid4()}", written=Written(language=language))
        answer(turn, *texts)
    return Comparison.objects.select_related("first", "second", "turn").get(turn=turn)


def give(comparison: Comparison, person: Person, kind: str = "overlap", axis: str = "helpfulness", **fields: Any):
    """The author's own is there already."""
    if kind == "author":
        return Assignment.objects.get(comparison=comparison, axis=axis, kind=kind)
    guideline = comparison.round.guidelines.get(axis=axis)
    taken = Assignment.objects.filter(comparison=comparison, axis=axis).exclude(slot=None).count()
    terms = {"slot": None if kind in UNCOUNTED else taken, "swapped": False, "guideline": guideline, **fields}
    return Assignment.objects.create(comparison=comparison, person=person, axis=axis, kind=kind, **terms)


def say(assignment: Assignment, step: int | None, seconds: float | None = None) -> None:
    """A signed degree, above zero for the first response; None: it cannot be judged."""
    pair = assignment.comparison.first, assignment.comparison.second
    if step is None:
        said: Any = CannotBeJudged("subject")
    else:
        chosen, rejected = pair if step > 0 else pair[::-1]
        labels = {"chosen_safe": True, "rejected_safe": True} if assignment.axis == "safety" else {}
        said = Verdict(chosen=chosen, rejected=rejected, degree=abs(step), **labels)
    assignment.judge(said, uuid.uuid4(), Timing(active=seconds, elapsed=seconds) if seconds else None)


def judged(comparison: Comparison, person: Person, step: int | None, **given: Any) -> Assignment:
    seconds = given.pop("seconds", None)
    assignment = give(comparison, person, **given)
    say(assignment, step, seconds)
    return assignment


def computed(project: Project) -> Computation:
    """The figures of now, whether or not a worker is at them already."""
    computation = Computation.objects.of(project)

    def done() -> bool:
        computation.ask()
        return computing.compute(computation)

    wait_until(done)
    computation.refresh_from_db()
    return computation


def counted(project: Project, person: Person, **numbers: Any) -> Counts:
    """As if so much had been judged when the figures were computed."""
    all_ = numbers.get("judged", 400)
    even = {"axis": "helpfulness", "done": all_, "judged": all_, "chose_a": all_ // 2, "degrees": [0, 0, 0, 0]}
    terms = {"round": project.rounds.get(number=1), **even, **numbers}
    made = Counts.objects.create(project=project, person=person, **terms)
    Total.objects.filter(project=project).delete()
    Total.objects.bulk_create(totals(Counts.objects.filter(project=project)))
    return made
