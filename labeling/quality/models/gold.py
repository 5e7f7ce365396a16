"""Answers that are certain."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.comparisons.models import Comparison
from labeling.dialogues.models import Completion
from labeling.projects.models import Axis


class GoldAnswer(models.Model):
    """What is to be chosen of a comparison, on an axis. No page of annotators reads it. One that proves wrong is
    retired, and from then on no figure counts it."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="gold_answers")
    axis = models.CharField(max_length=20, choices=Axis)
    chosen = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "axis"], condition=Q(retired_at=None), name="one_gold_answer_an_axis"
            )
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id}"
