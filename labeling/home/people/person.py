"""All that one page says of a person, as far as its reader may know it."""

from datetime import timedelta
from typing import Any

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from labeling.cohorts.models import Membership, Person
from labeling.comparisons.models import Comparison, Report, Workday
from labeling.home.people.known import memberships_for, workdays_for
from labeling.home.people.tables import state_badge
from labeling.projects.access import annotators, cohorts_run_by, lets_people_in, sees_names
from labeling.projects.models import Axis, Project, Role, Round
from labeling.quality.models import Counts

DAYS = 30


def about(person: Any, viewer: Person) -> dict[str, Any]:
    managed = Project.objects.managed_by(viewer)
    memberships = memberships_for(viewer).filter(person=person).select_related("cohort")
    since = timezone.localdate() - timedelta(days=DAYS - 1)
    work = workdays_for(viewer).filter(person=person)
    roles = Role.objects.filter(person=person).select_related("project").order_by("project__name", "kind")
    reports = Report.objects.filter(person=person, project__in=managed).select_related("project")
    return {
        "names": sees_names(viewer),
        "memberships": memberships.prefetch_related("pauses__by").order_by("left_at", "-joined_at"),
        "may_confirm": may_confirm(viewer, person),
        "may_act": memberships.current().filter(cohort__in=cohorts_run_by(viewer)).exists(),
        "roles": roles if lets_people_in(viewer) else roles.filter(project__in=managed),
        "held": person.qualifications.current().select_related("qualification").order_by("qualification__name"),
        "badge": state_badge(person.state, person),
        "projects": [{**row, "label": Axis(row["axis"]).label} for row in by_project(work)],
        "days": work.filter(day__gte=since).select_related("project").order_by("-day", "project__name", "axis"),
        "figures": managed.filter(pk__in=Counts.objects.filter(person=person).values("project")).order_by("name"),
        "rounds": judged_in(person).filter(project__in=managed),
        "reports": reports.order_by("-pk")[:20],
    }


def may_confirm(viewer: Person, person: Person) -> bool:
    """That their address is theirs: who sees it, and lets them in, or runs a cohort of theirs as an annotator."""
    if lets_people_in(viewer):
        return True
    runs = Membership.objects.current().filter(person=person, cohort__in=cohorts_run_by(viewer))
    return sees_names(viewer) and runs.exists() and annotators(Person.objects.filter(pk=person.pk)).exists()


def by_project(work: QuerySet[Workday]) -> Any:
    summed = work.values("project__name", "axis").annotate(
        done=Sum("done"), timed=Sum("timed"), seconds=Sum("active_seconds"), last=Max("day")
    )
    return summed.order_by("project__name", "axis")


def judged_in(person: Person) -> QuerySet[Round]:
    """Rounds whose judgements can be read, of this person alone."""
    done = Comparison.objects.filter(assignments__person=person, assignments__judgement__isnull=False)
    return (
        Round.objects.filter(pk__in=done.values("round")).select_related("project").order_by("project__name", "-number")
    )
