"""What a manager may know of people: who they are, where they are, and how much they did.

How much somebody did is asked of their workdays, a row for each day, project and axis: among a million judgements it
would take seconds to count. Of other managers' projects nothing is said, but to staff.
"""

from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.confirmed import are_confirmed
from labeling.cohorts.models import Membership, MembershipQuerySet, Person
from labeling.comparisons.models import Workday
from labeling.projects.access import cohorts_for, lets_people_in, people_for
from labeling.projects.models import Project

WEEK = timedelta(days=6)  # before today


class State(TextChoices):
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    LEFT = "left", _("left")
    NEVER = "never", _("in no cohort")


def memberships_for(viewer: Person) -> MembershipQuerySet:
    """In cohorts that they may see."""
    found = Membership.objects.all()
    return found if lets_people_in(viewer) else found.filter(cohort__in=cohorts_for(viewer).values("pk"))


def projects_for(viewer: Person) -> list[int] | None:
    """Those they may know the work of; None for all of them."""
    return None if lets_people_in(viewer) else list(Project.objects.managed_by(viewer).values_list("pk", flat=True))


def workdays_for(viewer: Person) -> QuerySet[Workday]:
    projects = projects_for(viewer)
    return Workday.objects.all() if projects is None else Workday.objects.filter(project__in=projects)


def with_state(people: QuerySet[Person], viewer: Person) -> QuerySet[Person]:
    theirs = memberships_for(viewer).filter(person=OuterRef("pk"))
    state = Case(
        When(Exists(theirs.at_work()), then=Value(State.ACTIVE.value)),
        When(Exists(theirs.current()), then=Value(State.PAUSED.value)),
        When(Exists(theirs), then=Value(State.LEFT.value)),
        default=Value(State.NEVER.value),
        output_field=CharField(),
    )
    return people.annotate(state=state)


def with_work(people: QuerySet[Person], viewer: Person) -> QuerySet[Person]:
    """`today`, `week`, `total` judgements, and `last_day` they judged."""
    days, today = workdays_for(viewer).filter(person=OuterRef("pk")), timezone.localdate()
    return people.annotate(
        today=done(days.filter(day=today)),
        week=done(days.filter(day__gte=today - WEEK)),
        total=done(days),
        last_day=Subquery(days.order_by("-day").values("day")[:1], output_field=DateField()),
    )


def done(days: QuerySet[Workday]) -> Any:
    """Judgements in these days of one person."""
    summed = days.order_by().values("person").annotate(n=Sum("done")).values("n")
    return Coalesce(Subquery(summed, output_field=IntegerField()), 0)


def ranks(viewer: Person) -> dict[str, Any]:
    """The same, to sort everybody by."""
    projects, today = projects_for(viewer), timezone.localdate()
    known = Q() if projects is None else Q(workdays__project__in=projects)
    days = {"today": Q(workdays__day=today), "week": Q(workdays__day__gte=today - WEEK), "total": Q()}
    return {name: added_up("done", known & which) for name, which in days.items()}


def added_up(column: str, which: Q, zero: float = 0) -> Any:
    """A column of all workdays like that."""
    return Coalesce(Sum(f"workdays__{column}", filter=which or None), zero)


def people(viewer: Person) -> QuerySet[Person]:
    """All that the table shows, in as many queries for many as for one."""
    current = memberships_for(viewer).current().select_related("cohort").order_by("cohort__name")
    found = with_work(with_state(people_for(viewer), viewer), viewer).annotate(confirmed=are_confirmed())
    return found.prefetch_related(Prefetch("memberships", queryset=current, to_attr="current"))
