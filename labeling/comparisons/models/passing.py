"""Pairs that somebody would rather not judge."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models.assignment import Assignment
from labeling.comparisons.models.comparison import Comparison
from labeling.comparisons.models.report import Report
from labeling.projects.models import Round


class PassReason(models.TextChoices):
    """Why a person passes, in their words. "rather not say" is as good as any; ENDED is what they are not asked for."""

    UPSETTING = "upsetting", _("I would rather not read this")
    SUBJECT = "subject", _("I do not know enough about it")
    LONG = "long", _("It is too much to read just now")
    TIRED = "tired", _("I cannot give it enough thought now")
    UNSAID = "unsaid", _("I would rather not say")
    ENDED = "ended", _("I ended the conversation before both responses were complete")


class PassQuerySet(models.QuerySet["Pass"]):
    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at=None)

    def in_a_row(self, person: Person, round_: Round, since: datetime) -> int:
        """How many in this round since they judged something in it or reported why, and since that moment."""
        judged = Assignment.objects.filter(
            person=person, comparison__round=round_, done_at__gt=OuterRef("created_at"), done_at__isnull=False
        )
        told = Report.objects.filter(
            person=person, assignment__comparison__round=round_, created_at__gt=OuterRef("created_at")
        )
        own = self.standing().filter(person=person, round=round_, created_at__gte=since)
        return own.exclude(Exists(judged)).exclude(Exists(told)).count()


class Pass(models.Model):
    """One person is not asked about one pair, on any axis that they have not judged. It is no answer and no fault.

    A pair that cannot be judged is another thing: that is an answer, which says something of the pair.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="passes")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", help_text="the comparison's")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="passes")
    reason = models.CharField(max_length=20, choices=PassReason)
    comment = models.TextField(blank=True)
    key = models.UUIDField(default=uuid.uuid4, help_text="sent by the page, the same for every repetition")
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "passes"
        constraints = [
            models.UniqueConstraint(fields=["person", "comparison", "key"], name="one_pass_a_key"),
            models.UniqueConstraint(
                fields=["comparison", "person"], condition=Q(undone_at=None), name="one_standing_pass"
            ),
            models.CheckConstraint(condition=Q(reason__in=PassReason.values), name="pass_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["person", "round", "created_at"], condition=Q(undone_at=None), name="passes_by_person")
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym} passed on {self.comparison_id}"
