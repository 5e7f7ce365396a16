"""What people did in a period, to be checked by them and paid by: of workdays and passes, none of it counted anew.

Each judgement counts, whatever became of its pair. How long it took is known where the page could tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, FloatField, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.dateparse import parse_date

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Pass, Workday
from labeling.home.people.known import added_up, projects_for, workdays_for
from labeling.projects.access import people_for
from labeling.projects.models import Project
from labeling.projects.typed import whole

COLUMNS = {"judged": "done", "timed": "timed", "seconds": "active_seconds"}  # of workdays


@dataclass(frozen=True)
class Period:
    """From a day to a day, both included, in one project or in all that one may know of."""

    since: date
    until: date
    project: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Period":
        """As the address says it; what makes no day there is this month's first or today."""
        today = timezone.localdate()
        since, until = day(asked.get("since", "")), day(asked.get("until", ""))
        return cls(since or today.replace(day=1), until or today, whole(asked.get("project", "")))

    @classmethod
    def month(cls, asked: str) -> "Period":
        """A calendar month, as in 2026-03; this one where that is none."""
        first = day(f"{asked}-01") or timezone.localdate().replace(day=1)
        return cls(first, next_month(first) - timedelta(days=1))

    @property
    def month_before(self) -> date:
        return (self.since - timedelta(days=1)).replace(day=1)

    @property
    def month_after(self) -> date | None:
        """None where it has not begun."""
        after = next_month(self.since)
        return after if after <= timezone.localdate() else None

    def workdays(self, days: QuerySet[Workday]) -> QuerySet[Workday]:
        found = days.filter(day__range=(self.since, self.until))
        return found.filter(project=self.project) if self.project else found

    def answers(self, answers: QuerySet[Assignment]) -> QuerySet[Assignment]:
        """By when they were given first."""
        found = answers.filter(done_at__gte=midnight(self.since), done_at__lt=midnight(self.until + timedelta(1)))
        return found.filter(comparison__project=self.project) if self.project else found

    def passes(self, passes: QuerySet[Pass]) -> QuerySet[Pass]:
        found = passes.filter(created_at__gte=midnight(self.since), created_at__lt=midnight(self.until + timedelta(1)))
        return found.filter(round__project=self.project) if self.project else found


def day(text: str) -> date | None:
    """One of this era, so that there is a day before it and one after it."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1970 <= found.year <= 9000 else None


def next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def midnight(of: date) -> datetime:
    return timezone.make_aware(datetime.combine(of, time.min))


def timesheet(person: Person, period: Period) -> list[dict[str, Any]]:
    """A row for each day and project in which this person did something, the newest first."""
    worked = period.workdays(Workday.objects.filter(person=person)).values("day", "project")
    rows = worked.annotate(judged=Sum("done"), timed=Sum("timed"), seconds=Sum("active_seconds"))
    found: dict[tuple[date, int], dict[str, Any]] = {}
    for row in rows.order_by():
        found[row["day"], row["project"]] = {**row, "passed": 0}
    passed = period.passes(Pass.objects.standing().filter(person=person)).order_by()
    for at, project, n in passed.values_list(TruncDate("created_at"), "round__project").annotate(n=Count("pk")):
        empty = {"day": at, "project": project, "judged": 0, "timed": 0, "seconds": 0.0}
        found.setdefault((at, project), empty)["passed"] = n
    projects = Project.objects.in_bulk({project for _day, project in found})
    named = [{**row, "project": projects[row["project"]]} for row in found.values()]
    return sorted(sorted(named, key=lambda row: row["project"].name), key=lambda row: row["day"], reverse=True)


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of all that is counted in them."""
    return {
        name: sum(row[name] for row in rows) for name in (rows[0] if rows else ()) if name not in ("day", "project")
    }


def hours(viewer: Person, period: Period) -> QuerySet[Person]:
    """Who did something in the period, with `judged`, `timed`, `seconds` and `passed`."""
    projects = projects_for(viewer)
    passes, days = period.passes(Pass.objects.standing()), period.workdays(workdays_for(viewer))
    if projects is not None:
        passes = passes.filter(round__project__in=projects)
    skipped = passes.filter(person=OuterRef("pk")).order_by().values("person").annotate(n=Count("pk")).values("n")
    here = Q(pk__in=days.values("person")) | Q(pk__in=passes.values("person"))
    theirs = days.filter(person=OuterRef("pk")).order_by().values("person")
    worked = {name: theirs.annotate(n=Sum(column)).values("n") for name, column in COLUMNS.items()}
    return (
        people_for(viewer)
        .filter(here)
        .annotate(
            judged=Coalesce(Subquery(worked["judged"], output_field=IntegerField()), 0),
            timed=Coalesce(Subquery(worked["timed"], output_field=IntegerField()), 0),
            seconds=Coalesce(Subquery(worked["seconds"], output_field=FloatField()), 0.0),
            passed=Coalesce(Subquery(skipped, output_field=IntegerField()), 0),
        )
    )


def ranks(viewer: Person, period: Period) -> dict[str, Any]:
    """What workdays tell of that, to sort everybody by."""
    projects = projects_for(viewer)
    which = Q(workdays__day__range=(period.since, period.until))
    which &= Q(workdays__project=period.project) if period.project else Q()
    which &= Q() if projects is None else Q(workdays__project__in=projects)
    zeros = {"judged": 0, "timed": 0, "seconds": 0.0}
    return {name: added_up(column, which, zeros[name]) for name, column in COLUMNS.items()}


def in_all(viewer: Person, period: Period, people: QuerySet[Person]) -> dict[str, Any]:
    """Of all these people together."""
    days = period.workdays(workdays_for(viewer)).filter(person__in=people.order_by().values("pk"))
    return days.aggregate(judged=Coalesce(Sum("done"), 0), seconds=Coalesce(Sum("active_seconds"), 0.0))
