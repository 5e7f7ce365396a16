"""What reward models say of responses that somebody gave them."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.rewards.models.run import LEASE, MAX_TRIES, Run

KEPT = timedelta(days=7)  # it is for looking at once, and the same models say the same again


class OpinionQuerySet(models.QuerySet["Opinion"]):
    def waiting(self) -> Self:
        return self.filter(state=Opinion.State.WAITING)

    def unheard(self) -> Self:
        """Those that no worker has begun with."""
        return self.waiting().filter(beat_at=None)

    def left(self, now: datetime) -> Self:
        """Those whose worker is not heard of any more."""
        return self.waiting().filter(beat_at__lt=now - LEASE)

    def on_page_of(self, run: Run) -> Self:
        """What people asked there, of one response each, with the models; commands ask of many."""
        heavy = [f"{axis}__{name}" for axis in ("helpfulness", "safety") for name in ("report", "curve")]
        found = self.filter(Q(helpfulness=run) | Q(safety=run), made_by__isnull=False)
        return found.select_related("helpfulness", "safety").defer(*heavy)

    def old(self, now: datetime) -> Self:
        return self.filter(created_at__lt=now - KEPT)


class Opinion(models.Model):
    """A portion of responses, and the raw rewards of them by the model of each axis that was asked.

    Every step is one conditional UPDATE on (attempt, state), as of a run.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        GIVEN = "given"
        FAILED = "failed"  # see error

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    helpfulness = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    safety = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    made_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: by a command"
    )
    created_at = models.DateTimeField(default=timezone.now)
    lines = models.JSONField(help_text="[{context, responses, is_safety_prompt}]")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField(null=True, help_text="when the broker last took a message about it")
    beat_at = models.DateTimeField(null=True, help_text="when a worker was last heard of that is at it")
    rewards = models.JSONField(null=True, help_text="{axis: of each line a number for each response, or null}")
    error = models.TextField(blank=True, help_text="why there is none and what to do, for people")

    objects = OpinionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(helpfulness__isnull=False) | Q(safety__isnull=False), name="some_model_is_asked"
            ),
            models.CheckConstraint(
                condition=Q(state="given", rewards__isnull=False) | ~Q(state="given") & Q(rewards=None),
                name="given_has_rewards",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="failed_opinion_says_why"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="opinions_by_age"),
            models.Index(fields=["beat_at"], condition=Q(state="waiting"), name="waiting_opinions"),
        ]

    def __str__(self) -> str:
        return " and ".join(str(run) for run in self.asked().values())

    @property
    def is_waiting(self) -> bool:
        return self.state == Opinion.State.WAITING

    def asked(self) -> dict[str, Run]:
        """By axis."""
        found = {"helpfulness": self.helpfulness, "safety": self.safety}
        return {axis: run for axis, run in found.items() if run}

    def sent(self) -> None:
        self._waiting().update(sent_at=timezone.now())

    def beat(self) -> None:
        """A worker is at it."""
        self._waiting().update(beat_at=timezone.now())

    def give(self, rewards: dict[str, Any]) -> bool:
        return bool(self._waiting().update(state=Opinion.State.GIVEN, rewards=rewards))

    def fail(self, error: str) -> bool:
        return bool(self._waiting().update(state=Opinion.State.FAILED, error=error))

    def lose(self, error: str) -> bool:
        """Its worker is gone: the next one is asked, unless too many were lost already."""
        return self.fail(error) if self.attempt >= MAX_TRIES else self.hand_over()

    def hand_over(self) -> bool:
        return bool(self._waiting().update(attempt=F("attempt") + 1, sent_at=None, beat_at=None))

    def _waiting(self) -> OpinionQuerySet:
        return Opinion.objects.waiting().filter(pk=self.pk, attempt=self.attempt)
