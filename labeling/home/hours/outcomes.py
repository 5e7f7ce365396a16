"""What became of the answers of a period: all are accepted but those that a reviewer sent back, and those that nobody
had asked for any more when they came, which are surplus. Both gave up their slot, or never had one."""

from collections import Counter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.home.hours.counted import Period
from labeling.home.people.known import projects_for
from labeling.quality.models import Review
from labeling.tables.table import Dress

WITH_SLOTS = (Assignment.Kind.AUTHOR, Assignment.Kind.OVERLAP, Assignment.Kind.REWORK)  # the others never have one


def uncounted(period: Period, answers: QuerySet[Assignment], *by: Any) -> Counter[tuple[Any, ...]]:
    """How many, by these and by whether they were sent back; else they are surplus."""
    rejected = Review.objects.standing().filter(decision=Review.Decision.REJECTED, judgement=OuterRef("judgement"))
    found = period.answers(answers).filter(slot=None, kind__in=WITH_SLOTS).order_by()
    return Counter(found.values_list(*by, Exists(rejected)))


def with_outcomes(viewer: Person, period: Period) -> Dress:
    """Of people who have `judged`, how much of it was `accepted`, `rejected` and `surplus`: asked once for a page."""
    projects = projects_for(viewer)

    def dress(people: list[Any]) -> list[Any]:
        answers = Assignment.objects.filter(person__in=people)
        answers = answers if projects is None else answers.filter(comparison__project__in=projects)
        lost = uncounted(period, answers, "person")
        for one in people:
            told_apart(vars(one), lost, one.pk)
        return people

    return dress


def tell_apart(person: Person, period: Period, rows: list[dict[str, Any]]) -> None:
    """The same of each row of their timesheet."""
    lost = uncounted(period, Assignment.objects.of(person), TruncDate("done_at"), "comparison__project")
    for row in rows:
        told_apart(row, lost, row["day"], row["project"].pk)


def told_apart(row: dict[str, Any], lost: Counter[tuple[Any, ...]], *by: Any) -> None:
    row["rejected"], row["surplus"] = lost[*by, True], lost[*by, False]
    row["accepted"] = row["judged"] - row["rejected"] - row["surplus"]
