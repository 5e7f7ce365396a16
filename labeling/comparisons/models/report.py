"""What somebody reports about a pair, or about a project as such, and what a manager answers."""

import uuid
from typing import Self

from django.db import models, transaction
from django.db.models import Case, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models.assignment import Assignment
from labeling.projects.models import Project


class ReportQuerySet(models.QuerySet["Report"]):
    def tell(self, assignment: Assignment, kind: str, text: str, key: uuid.UUID) -> None:
        """What who is assigned says of the pair."""
        self._tell(assignment.person_id, assignment.comparison.project, assignment, kind, text, key)

    def tell_of(self, project: Project, person: Person, kind: str, text: str, key: uuid.UUID) -> None:
        """What somebody says of no pair: of the guideline, a prompt, or the work."""
        self._tell(person.pk, project, None, kind, text, key)

    def _tell(
        self, person: int, project: Project, assignment: Assignment | None, kind: str, text: str, key: uuid.UUID
    ) -> None:
        """The same key and words twice are one report; other words under a key that arrived before
        are a report beside it, once as well."""
        told = {"project": project, "assignment": assignment, "kind": kind, "text": text}
        before, new = self.get_or_create(person_id=person, key=key, defaults=told)
        if not new and any(getattr(before, name) != value for name, value in told.items()):
            key = uuid.uuid5(key, f"{assignment.pk if assignment else project.pk} {kind} {text}")
            self.get_or_create(person_id=person, key=key, defaults=told)

    def open(self) -> Self:
        return self.filter(answered_at=None)

    def shown_to(self, person: Person) -> Self:
        """Their own, and what was answered to everybody."""
        return self.filter(Q(person=person) | Q(to_everyone=True, answered_at__isnull=False))

    def listed(self) -> Self:
        """Those that wait for an answer first, and the newest of either first."""
        return self.alias(answered=Case(When(answered_at=None, then=0), default=1)).order_by("answered", "-pk")

    def below(self, report: "Report") -> Self:
        """Those that come after it in that order."""
        older = self.filter(pk__lt=report.pk)
        return older.exclude(answered_at=None) if report.answered_at else older.open() | self.exclude(answered_at=None)


class Report(models.Model):
    """A problem, told to the managers of a project. A pair that it is about stays where it is, and so does its work."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("It shows somebody's personal data")
        UPSETTING = "upsetting", _("It is upsetting")
        GUIDELINE = "guideline", _("The guideline does not say what to do here")
        OTHER = "other", _("Something else")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        related_name="reports",
        help_text="of the pair; empty: about the project",
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField(blank=True)
    key = models.UUIDField(default=uuid.uuid4, help_text="sent by the page, the same for every repetition")
    created_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    to_everyone = models.BooleanField(default=False, help_text="everybody in the project sees the answer")
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="one_report_a_key"),
            models.CheckConstraint(
                condition=Q(kind__in=["personal", "upsetting", "guideline", "other"]), name="report_has_a_kind"
            ),
            models.CheckConstraint(condition=~Q(kind__in=["guideline", "other"], text=""), name="report_is_explained"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="", to_everyone=False)
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="answered_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "answered_at"], name="reports_by_answer"),
            models.Index(fields=["person", "project"], name="reports_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, by {self.person.pseudonym}"

    @transaction.atomic
    def say(self, manager: Person, answer: str, *, to_everyone: bool) -> None:
        """Answer it, or answer it anew: then it is shown again to whom it concerns."""
        self.answer, self.to_everyone = answer, to_everyone
        self.answered_by, self.answered_at = manager, timezone.now()
        self.save(update_fields=["answer", "to_everyone", "answered_by", "answered_at"])
        self.seen.all().delete()


class AnswerSeen(models.Model):
    """That a person has seen what a manager answered, and need not be shown it at work any more."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="seen")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "answers seen"
        constraints = [models.UniqueConstraint(fields=["report", "person"], name="answer_seen_once")]

    def __str__(self) -> str:
        return f"{self.report_id}, seen by {self.person.pseudonym}"
