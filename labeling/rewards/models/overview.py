"""What the rounds of a project brought, as it was counted last: pages read it, for much may have been judged."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Least

from labeling.comparisons.models import Judgement
from labeling.projects.models import Axis, Project

REST = 20  # times as long as it took, before it is counted again: a twentieth of one core at most
AN_HOUR = timedelta(hours=1)  # after which it is counted again whatever was judged: reviews and failures come without


class OverviewQuerySet(models.QuerySet["Overview"]):
    def rested(self, now: datetime) -> Self:
        """Those that may be counted again."""
        until = ExpressionWrapper(F("counted_at") + F("took") * REST, models.DateTimeField())
        return self.annotate(rested_at=until).filter(Q(counted_at=None) | Q(rested_at__lt=now))

    def forget(self) -> None:
        """They are to be counted again, though nothing was judged."""
        self.update(counted_to=Least(F("counted_to"), 0) - 1)


class Overview(models.Model):
    """Of one axis. `figures` are those of rewards/overviews.py; `counted_to` is the key of the newest judgement there
    was when it was counted, or when nothing had come since. Keys are given before they are committed, so one may be
    passed over until the next time. Below zero it says how often all of it was to be counted again.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="overviews")
    axis = models.CharField(max_length=20, choices=Axis)
    counted_at = models.DateTimeField(null=True)
    took = models.DurationField(default=timedelta)
    counted_to = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)

    objects = OverviewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "axis"], name="one_overview_an_axis")]

    def __str__(self) -> str:
        return f"{self.axis} of {self.project}, {self.counted_at}"

    def is_old(self, now: datetime, newest: int) -> bool:
        """Whether something was judged since, or an hour has passed. `newest` is the last of all keys."""
        if self.counted_at is None or self.counted_at < now - AN_HOUR:
            return True
        since = Judgement.objects.filter(pk__gt=self.counted_to, axis=self.axis)
        if since.filter(assignment__comparison__project=self.project_id).exists():
            return True
        self._come_to(newest)
        return False

    def keep(self, figures: dict[str, Any], counted_at: datetime, took: timedelta, newest: int) -> None:
        """What was counted then. Whatever has asked for it again meanwhile is still to be had."""
        Overview.objects.filter(pk=self.pk).update(figures=figures, counted_at=counted_at, took=took)
        self._come_to(newest)

    def _come_to(self, newest: int) -> None:
        Overview.objects.filter(pk=self.pk, counted_to=self.counted_to).update(counted_to=newest)
