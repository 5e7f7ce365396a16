"""Comparisons whose answers could be certain."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.projects.models import Axis, Project


class Likely(models.Model):
    """A comparison of which the annotator model is nearly `sure` that the first response is the better one, or that the
    second one is. Kept are the surest that have no certain answer yet, as of the last computation."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="+")
    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="+")
    axis = models.CharField(max_length=20, choices=Axis)
    first = models.BooleanField()
    sure = models.FloatField()

    class Meta:
        verbose_name_plural = "likely"
        constraints = [
            models.UniqueConstraint(fields=["project", "axis", "comparison"], name="likely_once"),
            models.CheckConstraint(condition=Q(sure__gt=0.5, sure__lte=1), name="likely_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id}: {self.sure}"


class NotProposed(models.Model):
    """A comparison of which somebody has said that its answer is not certain: it is proposed no more on that axis. Its
    answer may be made certain by hand all the same."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", help_text="the comparison's")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, db_index=False, related_name="+")
    axis = models.CharField(max_length=20, choices=Axis)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "not proposed"
        constraints = [models.UniqueConstraint(fields=["comparison", "axis"], name="not_proposed_once")]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id}"
