"""What people are qualified for, and what asks for it."""

from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Membership, Person
from labeling.projects.models import Axis, GuidelineVersion, Project


class QualificationQuerySet(models.QuerySet["Qualification"]):
    def reachable(self) -> Self:
        """That an exam gives which people take, or that somebody holds: a draft leads nowhere yet."""
        given = Q(exams__published_at__isnull=False, exams__retired_at=None)
        return self.filter(given | Q(grants__ended_at=None, grants__isnull=False)).distinct()

    def held_by(self, person: Person) -> Self:
        """Those that this person has; a later version of one counts for the earlier ones."""
        held = Grant.objects.current().filter(
            person=person, qualification__name=OuterRef("name"), qualification__version__gte=OuterRef("version")
        )
        return self.filter(Exists(held))


class Qualification(models.Model):
    """What a person has shown that they can do. A later version asks for more, and holds for the earlier ones too."""

    name = models.CharField(max_length=100)
    version = models.PositiveSmallIntegerField(default=1)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_qualification_a_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="qualification_has_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    def holds_for(self, other: "Qualification") -> bool:
        return self.name == other.name and self.version >= other.version


class GrantQuerySet(models.QuerySet["Grant"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)

    def give(self, qualification: Qualification, people: Iterable[Person], by: Person, reason: str = "") -> int:
        """To people who are known to be able, without an exam; how many had not had it."""
        had = set(self.current().filter(qualification=qualification).values_list("person", flat=True))
        terms = {"qualification": qualification, "given_by": by, "reason": reason}
        new = [Grant(person=one, **terms) for one in people if one.pk not in had]
        return len(Grant.objects.bulk_create(new, ignore_conflicts=True))

    def take_back(self, by: Person, reason: str) -> int:
        """From now on these people get no work that asks for it; how many had it still. They read the reason."""
        return self.current().update(ended_at=timezone.now(), ended_by=by, ended_because=reason)


class Grant(models.Model):
    """A person holds a qualification: by passing an exam, or because a manager said so. Rows are kept when they end."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="qualifications")
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="grants")
    attempt = models.OneToOneField("Attempt", on_delete=models.PROTECT, null=True, related_name="grant")
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True, help_text="why it was given without an exam")
    granted_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_because = models.TextField(blank=True, help_text="the person reads it")

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "qualification"], condition=Q(ended_at=None), name="one_current_grant"
            ),
            models.CheckConstraint(
                condition=Q(attempt=None) ^ Q(given_by=None), name="granted_by_an_attempt_or_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_because="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_because=""),
                name="taken_back_by_somebody_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym}: {self.qualification}"


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def of(self, person: Person) -> Self:
        """What is asked where a cohort of this person is enrolled now."""
        enrolled = Q(
            project__enrolments__axis=F("axis"),
            project__enrolments__cohort__memberships__person=person,
            project__enrolments__cohort__memberships__left_at=None,
        )
        return self.filter(enrolled).distinct()

    def counted(self) -> Self:
        """`people` who are enrolled where it is asked for, and how many of them have it (`holders`)."""
        enrolled = Membership.objects.current().filter(
            person__is_active=True,
            cohort__enrolments__project=OuterRef("project"),
            cohort__enrolments__axis=OuterRef("axis"),
        )
        held = Grant.objects.current().filter(
            person=OuterRef("person"),
            qualification__name=OuterRef(OuterRef("qualification__name")),
            qualification__version__gte=OuterRef(OuterRef("qualification__version")),
        )
        return self.annotate(people=number_of(enrolled), holders=number_of(enrolled.filter(Exists(held))))


def number_of(memberships: "models.QuerySet[Membership]") -> Coalesce:
    """Of people, each once, in a subquery."""
    counted = memberships.order_by().values("cohort__enrolments__project").annotate(n=Count("person", distinct=True))
    return Coalesce(Subquery(counted.values("n"), output_field=models.IntegerField()), 0)


class Requirement(models.Model):
    """Nobody works on an axis of a project without this qualification; with `since`, from that guideline version on."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="requirements")
    axis = models.CharField(max_length=20, choices=Axis)
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="requirements")
    since = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = RequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "axis", "qualification"], name="required_once"),
        ]

    def __str__(self) -> str:
        return f"{self.qualification} for {self.project}, {self.axis}"

    def clean(self) -> None:
        if self.axis not in self.project.axes:
            raise ValidationError({"axis": _("The project has no such axis.")})
        if self.since and (self.since.project_id, self.since.axis) != (self.project_id, self.axis):
            raise ValidationError({"since": _("That guideline is another project's or another axis's.")})
