"""Who gets work of a round: not everybody who is enrolled, where a project asks for qualifications."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.cohorts.models import Membership, MembershipQuerySet, Person
from labeling.exams.models import Requirement
from labeling.projects.models import Round
from labeling.projects.models.missing import Missing


def people_at_work(round_: Round) -> QuerySet[Person]:
    """Who may judge on some axis of it now: whoever waits, is paused, may not sign in or has yet to pass does not."""
    return Person.objects.filter(pk__in=memberships_at_work(round_).values("person"))


def memberships_at_work(round_: Round) -> MembershipQuerySet:
    """A row for each axis; what is lacking is looked up only where a project asks for anything, as at the desk."""
    enrolled = Membership.objects.at_work().filter(
        person__is_active=True, cohort__enrolments__project=round_.project_id
    )
    if not Requirement.objects.filter(project=round_.project_id).exists():
        return enrolled
    lacking = Func(
        F("person"),
        F("cohort__enrolments__project"),
        F("cohort__enrolments__axis"),
        Value(round_.pk, BigIntegerField()),
        function="exams_lacking",
        output_field=ArrayField(BigIntegerField()),
    )
    return enrolled.annotate(lacking=lacking).filter(lacking__isnull=True)


def advise(round_: Round, **_arguments: Any) -> list[Missing]:
    """Receives `advice_asked`: what is asked for, and nobody has passed yet."""
    if not Requirement.objects.filter(project=round_.project_id).exists():
        return []
    qualified = set(memberships_at_work(round_).values_list("cohort__enrolments__axis", flat=True))
    return [
        Missing(
            _("Nobody has passed what %(axis)s asks for yet: they get work when they have.")
            % {"axis": axis.label.lower()},
            reverse("requirements", args=[round_.project.slug]),
        )
        for axis in round_.project.axes_in_order()
        if axis not in qualified
    ]
