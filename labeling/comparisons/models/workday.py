"""How much a person did in a day."""

from django.db import models

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, Project


class Workday(models.Model):
    """A person's judgements in a project, on an axis, on a day of the installation's clock; changes do not count again.

    `timed` of them came with active seconds, these in all.

    `Judgement.append` counts them. Quotas are asked for with every pair, and to count a day's work anew each time took
    longer than everything else that is asked.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="workdays")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, db_index=False, related_name="+")
    axis = models.CharField(max_length=20, choices=Axis)
    day = models.DateField()
    done = models.PositiveIntegerField()
    timed = models.PositiveIntegerField(default=0)
    active_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "project", "day", "axis"], name="one_workday_an_axis"),
        ]

    def __str__(self) -> str:
        return f"{self.done} by {self.person.pseudonym} on {self.day}"
