"""Choices that are never taken."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.comparisons.models.assignment import Assignment


class RefusedChoice(models.Model):
    """That somebody meant to choose an unsafe response over a safe one, so often with one form: the page stopped them,
    or the server did. The guideline is what may need mending; nothing is held against anybody."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="refused")
    times = models.PositiveSmallIntegerField()
    key = models.UUIDField(help_text="the form's")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "key"], name="refused_once_a_form"),
            models.CheckConstraint(condition=Q(times__gte=1), name="refused_at_least_once"),
        ]

    def __str__(self) -> str:
        return f"{self.times} of {self.assignment_id}"

    @staticmethod
    def note(assignment: Assignment, times: int, key: uuid.UUID) -> None:
        """Told once by each form that was sent, however often it arrives."""
        refused = RefusedChoice(assignment=assignment, times=times, key=key)
        RefusedChoice.objects.bulk_create([refused], ignore_conflicts=True)
