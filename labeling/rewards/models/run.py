"""One reward model: what it was to learn from what, how far that has come, and what came of it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project

LEASE = timedelta(minutes=2)  # without a beat, after which the worker that is at it is taken for dead
MAX_TRIES = 3  # how many workers may die of it before a person is asked


class RunQuerySet(models.QuerySet["Run"]):
    @transaction.atomic
    def ask(self, project: Project, number: int | None = None, **fields: Any) -> "Run":
        """For the project's next one, which a worker makes. Whoever asks twice for the same `number` and the same
        things gets one."""
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if same := self.filter(project=project, number=number, **fields).first():
            return same
        return self.create(project=project, number=self.next_number(project), **fields)

    def next_number(self, project: Project) -> int:
        last: int = self.filter(project=project).aggregate(number=Max("number"))["number"] or 0
        return last + 1

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def unheard(self) -> Self:
        """Those that wait for a worker: to be trained, or to be tested."""
        return self.unfinished().filter(beat_at=None)

    def in_training(self) -> Self:
        """Those that a worker is at."""
        return self.filter(kind=Run.Kind.TRAINED, state__in=AT_WORK, beat_at__isnull=False)

    def left(self, now: datetime) -> Self:
        """Those whose worker is not heard of any more."""
        return self.unfinished().filter(beat_at__lt=now - LEASE)


class Run(models.Model):
    """A reward model of one axis, trained on one snapshot.

    Every step is one conditional UPDATE on (attempt, state): what a worker reports that was taken for dead, or of what
    was cancelled, changes nothing. `wanted` is as `Wanted` of wanted.py writes it.
    """

    class Kind(models.TextChoices):
        QUICK = "quick", _("quick")  # a head on the states of one fixed encoder
        TRAINED = "trained", _("trained")  # all of a chat model, or adapters in it

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a worker")
        RUNNING = "running", _("is being trained")
        SCORING = "scoring", _("is being tested")  # the model is there; the rewards of what is held out are not
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")  # see error; may be tried again
        CANCELLED = "cancelled", _("cancelled")  # may be tried again as well

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    axis = models.CharField(max_length=20, choices=Axis)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    mixed_in = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, related_name="+", help_text="where the rest of a mix comes from"
    )
    base = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="runs", help_text="empty: a quick one"
    )
    made_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: by a command, or by itself"
    )
    created_at = models.DateTimeField(default=timezone.now)
    wanted = models.JSONField(help_text="see wanted.py")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0, help_text="workers lost since somebody asked for it last")
    sent_at = models.DateTimeField(null=True, help_text="when the broker last took a message about this step of it")
    beat_at = models.DateTimeField(null=True, help_text="when a worker was last heard of that is at this step of it")
    done = models.PositiveIntegerField(default=0, help_text="of `total`, in the step that it is at")
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="why it failed and what to do, for people")
    curve = models.JSONField(default=list, help_text="[{step, loss, accuracy, seconds}], by step")
    seconds = models.JSONField(default=dict, help_text="by what they went into: encode, train, score")
    artifact = models.CharField(max_length=64, blank=True, help_text="sha256 of what was learned; empty until it was")
    rows = models.CharField(max_length=64, blank=True, help_text="sha256 of what it is tested on, while it is")
    learned = models.JSONField(default=dict, help_text="of a quick one, what its fit told; see quick.py")
    report = models.JSONField(null=True)
    ready_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="run_number_once"),
            models.CheckConstraint(
                condition=Q(kind="quick", base=None) | Q(kind="trained", base__isnull=False), name="trained_has_a_base"
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="failed_run_says_why"),
            models.CheckConstraint(
                condition=~Q(state__in=("scoring", "ready")) | ~Q(artifact=""), name="tested_run_is_there"
            ),
            models.CheckConstraint(
                condition=Q(state="ready", ready_at__isnull=False) | (~Q(state="ready") & Q(ready_at=None)),
                name="ready_run_says_since_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting", "running", "scoring"]),
                name="unfinished_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}, reward model {self.number}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def share_done(self) -> float:
        """Of the step that it is at."""
        return self.done / self.total if self.total else 0.0

    def sent(self) -> None:
        Run.objects.filter(pk=self.pk, attempt=self.attempt).unfinished().update(sent_at=timezone.now())

    def waits(self, done: int, total: int) -> None:
        """So much is there of what it has to wait for."""
        self._in(Run.State.WAITING).update(done=done, total=total)

    def begin(self) -> bool:
        """A worker has begun to train it: True for the first who says so of this attempt."""
        now = timezone.now()
        return bool(self._in(Run.State.WAITING).update(state=Run.State.RUNNING, beat_at=now, done=0, total=0))

    @transaction.atomic
    def progress(self, done: int, total: int, points: Sequence[dict[str, Any]] = ()) -> bool:
        """It has come so far. A step that is taken again after a resume replaces what the curve had of it."""
        held = self._in(*AT_WORK).select_for_update(of=("self",)).first()
        if held is None:
            return False
        curve = {point["step"]: point for point in (*held.curve, *points)}
        now = {"beat_at": timezone.now(), "done": done, "total": total}
        Run.objects.filter(pk=self.pk).update(**now, curve=[curve[step] for step in sorted(curve)])
        return True

    def trained(self, artifact: str, seconds: dict[str, float]) -> bool:
        """What it learned is in the store."""
        fresh: dict[str, Any] = {"sent_at": None, "beat_at": None, "done": 0, "total": 0}
        found = {"artifact": artifact, "seconds": seconds}
        return bool(self._in(Run.State.RUNNING).update(state=Run.State.SCORING, **found, **fresh))

    def tested_on(self, rows: str) -> None:
        Run.objects.filter(pk=self.pk).update(rows=rows)

    def tell(self, learned: dict[str, Any]) -> None:
        """What was found while it was fitted."""
        self._in(*AT_WORK).update(learned=learned)

    def finish(self, seconds: dict[str, float]) -> bool:
        """Its scores are there. Call it in the transaction that writes them."""
        ready = {"state": Run.State.READY, "ready_at": timezone.now(), "seconds": {**self.seconds, **seconds}}
        return bool(self._in(Run.State.SCORING).update(**ready))

    def fail(self, error: str) -> bool:
        return bool(self._in(*UNFINISHED).update(state=Run.State.FAILED, error=error))

    def cancel(self) -> bool:
        """At once; the worker that is at it is to be told. False where it is over."""
        return bool(Run.objects.filter(pk=self.pk).unfinished().update(state=Run.State.CANCELLED))

    def lose(self, error: str) -> bool:
        """Its worker is gone: the next attempt goes on from the last checkpoint, unless too many were lost already."""
        if self.tries + 1 >= MAX_TRIES:
            return bool(self._in(*AT_WORK).update(state=Run.State.FAILED, error=error))
        return bool(self._in(*AT_WORK).update(tries=F("tries") + 1, **self._next()))

    def hand_over(self) -> bool:
        """Its worker was stopped in good order, which says nothing about it."""
        return bool(self._in(*UNFINISHED).update(**self._next()))

    def try_again(self) -> bool:
        """From the last checkpoint on. False where it neither failed nor was cancelled."""
        over = Run.objects.filter(pk=self.pk, state__in=(Run.State.FAILED, Run.State.CANCELLED))
        return bool(over.update(tries=0, error="", **self._next()))

    def _next(self) -> dict[str, Any]:
        """The next attempt. What was learned already is only tested again."""
        step = Run.State.SCORING if self.artifact else Run.State.WAITING
        return {"state": step, "attempt": F("attempt") + 1, "sent_at": None, "beat_at": None}

    def _in(self, *states: State) -> RunQuerySet:
        return Run.objects.filter(pk=self.pk, attempt=self.attempt, state__in=states)


AT_WORK = (Run.State.RUNNING, Run.State.SCORING)
UNFINISHED = (Run.State.WAITING, *AT_WORK)
