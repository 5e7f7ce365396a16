"""What waits for reviewers, kept beside the judgements: to find it among a million of them takes seconds."""

from typing import Any

from django.db import models
from django.db.models import Q

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison, Judgement
from labeling.projects.models import Axis, Project, Round

THE_JUDGEMENTS: dict[str, Any] = {"on_delete": models.CASCADE, "db_constraint": False, "related_name": "+"}


class Unreviewed(models.Model):
    """A judgement that counts, in a round that takes reviews, about which nobody has decided.

    `draw` is a number from 0 to 99 out of the assignment's key: always the same one, and nobody can choose it.
    `agreement` is the share that the response has which most people chose, where they differ on the pair. Rows are kept
    by quality/unreviewed.py, and may be some seconds behind.
    """

    judgement = models.OneToOneField(Judgement, on_delete=models.CASCADE, primary_key=True, related_name="+")
    project = models.ForeignKey(Project, **THE_JUDGEMENTS, db_index=False)
    round = models.ForeignKey(Round, **THE_JUDGEMENTS, db_index=False)
    axis = models.CharField(max_length=20, choices=Axis)
    comparison = models.ForeignKey(Comparison, **THE_JUDGEMENTS)
    person = models.ForeignKey(Person, **THE_JUDGEMENTS, db_index=False)
    draw = models.PositiveSmallIntegerField()
    agreement = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = "unreviewed"
        indexes = [
            models.Index(
                fields=["project", "judgement"], include=["draw", "axis", "round", "person"], name="unreviewed_in_order"
            ),
            models.Index(
                fields=["project", "agreement", "comparison", "judgement"],
                condition=Q(agreement__isnull=False),
                name="unreviewed_split",
            ),
            models.Index(fields=["project", "person", "draw", "judgement"], name="unreviewed_of_people"),
        ]

    def __str__(self) -> str:
        return f"{self.judgement_id}, which nobody has reviewed"
