"""Who in a round may need a kind word: who passed on pairs, reported some, or meant what is never taken."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Pass, RefusedChoice, Report
from labeling.projects.models import Round


@dataclass
class Caring:
    """One person, in numbers of this round. `judged` counts judgements, an axis each."""

    person: Person
    judged: int
    passed: int
    refused: int
    reported: int


@dataclass
class Cared:
    """Everybody of whom there is something to tell, and how many reports wait for an answer."""

    people: list[Caring]
    waiting: int

    @classmethod
    def of(cls, round_: Round) -> "Cared":
        passed = dict(Pass.objects.standing().filter(round=round_).values_list("person").annotate(Count("pk")))
        refused = dict(
            RefusedChoice.objects.filter(assignment__comparison__round=round_)
            .values_list("assignment__person")
            .annotate(Sum("times"))
        )
        told = Report.objects.filter(assignment__comparison__round=round_).order_by().values("person")
        reports = list(told.annotate(all=Count("pk"), waiting=Count("pk", filter=Q(answered_at=None))))
        reported = {row["person"]: row["all"] for row in reports}
        keys = passed.keys() | refused.keys() | reported.keys()
        judged = judged_by(round_, keys) if keys else {}
        people = Person.objects.filter(pk__in=keys).order_by("name", "email") if keys else []
        rows = [
            Caring(one, *(numbers.get(one.pk, 0) for numbers in (judged, passed, refused, reported))) for one in people
        ]
        return cls(rows, sum(row["waiting"] for row in reports))


def judged_by(round_: Round, people: set[int]) -> dict[int, int]:
    done = Assignment.objects.filter(comparison__round=round_, person__in=people, done_at__isnull=False)
    return dict(done.values_list("person").annotate(Count("pk")))
