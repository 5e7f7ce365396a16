"""The project, and who does what in it."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort, Person


class Axis(models.TextChoices):
    """What two responses are compared for. Llama 2 collects the two apart, each with a guideline of its own."""

    HELPFULNESS = "helpfulness", _("Helpfulness")
    SAFETY = "safety", _("Safety")


class ProjectQuerySet(models.QuerySet["Project"]):
    def open_to(self, person: Person) -> Self:
        """Projects in which a cohort of this person is enrolled now."""
        current = Q(
            enrolments__cohort__memberships__person=person,
            enrolments__cohort__memberships__left_at__isnull=True,
        )
        return self.filter(current).distinct()

    def managed_by(self, person: Person) -> Self:
        if person.is_superuser:
            return self.all()
        return self.filter(roles__person=person, roles__kind=Role.Kind.MANAGER).distinct()


class Project(models.Model):
    """One question put to annotators, on one axis or both."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    axes = ArrayField(models.CharField(max_length=20, choices=Axis))
    max_turns = models.PositiveSmallIntegerField(default=1, help_text=_("turns a dialogue may have"))
    max_prompt_chars = models.PositiveIntegerField(default=8000)
    allows_own_prompts = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(axes__len__gte=1) & Q(axes__contained_by=Axis.values), name="project_has_axes"
            ),
            models.CheckConstraint(condition=Q(max_turns__gte=1), name="project_has_a_turn"),
        ]

    def __str__(self) -> str:
        return self.name

    def axes_in_order(self) -> list[Axis]:
        """Helpfulness first: a response is read for what it offers before it is read for harm."""
        return [axis for axis in Axis if axis in self.axes]


class Role(models.Model):
    """What a person may do in a project beyond annotating."""

    class Kind(models.TextChoices):
        MANAGER = "manager", _("Manager")
        REVIEWER = "reviewer", _("Reviewer")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "person", "kind"], name="one_role_a_kind")]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_kind_display()} of {self.project}"


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def of(self, person: Person) -> Self:
        return self.filter(cohort__memberships__person=person, cohort__memberships__left_at__isnull=True).distinct()


class Enrolment(models.Model):
    """A cohort in a project, on one axis. `overlap` is how many of its people judge the same comparison."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="enrolments")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="enrolments")
    axis = models.CharField(max_length=20, choices=Axis)
    overlap = models.PositiveSmallIntegerField(default=1)
    quota_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("judgements a person and day; empty: no limit")
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "project", "axis"], name="one_enrolment_an_axis"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="overlap_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} in {self.project}, {self.axis}"

    def clean(self) -> None:
        if self.project_id and self.axis and self.axis not in self.project.axes:
            raise ValidationError({"axis": _("The project has no such axis.")})
