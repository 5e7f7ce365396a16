"""A version of a data set: what was asked for, how far it has come, and where its files are."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Case, Max, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.models import Project

LEASE = timedelta(minutes=2)  # without a beat, after which whoever makes it is taken for dead
MAX_TRIES = 3  # how many workers may die of it before a person is asked


class Stopped(Exception):
    """Whoever makes or sends it is to leave it: it was cancelled, or is somebody else's by now."""


class NotNow(Exception):
    """A snapshot in this state cannot be treated so."""


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    @transaction.atomic
    def ask(
        self, project: Project, wanted: dict[str, Any], by: Person | None = None, number: int | None = None
    ) -> "Snapshot":
        """For the project's next one, which a worker makes; `wanted` is as `Wanted` of wanted.py writes it. Whoever
        asks twice for the same `number` and the same things gets one."""
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if same := self.filter(project=project, number=number, wanted=wanted, made_by=by).first():
            return same
        return self.create(project=project, number=self.next_number(project), wanted=wanted, made_by=by)

    def next_number(self, project: Project) -> int:
        last: int = self.filter(project=project).aggregate(number=Max("number"))["number"] or 0
        return last + 1

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def due(self, now: datetime) -> Self:
        """Those that nobody is at, the oldest first."""
        left = Q(state__in=AT_WORK, beat_at__lt=now - LEASE)
        return self.filter(Q(state=Snapshot.State.WAITING) | left).order_by("created_at")


class Snapshot(models.Model):
    """A version of a project's data set. Made again from the same members by the same version of Tandem it is the same
    to the byte; what was asked for and who its members are stays, and a trigger sees to it.

    Every step is one conditional UPDATE on (attempt, state), so that a worker that was taken for dead and comes back
    changes nothing. Membership is written in one transaction; whoever takes the snapshot up again goes on from there.

    One that was ready goes through the same steps where its files are written again. However that ends it is ready
    afterwards: with the files that were recorded, or with the reason why not all of them are there.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a worker")
        COUNTING = "counting", _("is being counted")  # which judgements are in it is being written down
        WRITING = "writing", _("is being written")  # members are there, files are not
        READY = "ready", _("ready")  # all files are there, unless the store has lost some: then see error
        FAILED = "failed", _("failed")  # see error; may be tried again
        CANCELLED = "cancelled", _("cancelled")  # may be tried again as well
        ERASED = "erased", _("erased")  # files are gone, manifest and hashes are kept

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    made_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: by a command"
    )
    created_at = models.DateTimeField(default=timezone.now)
    wanted = models.JSONField(help_text="see wanted.py")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0, help_text="attempts since somebody asked for it last")
    beat_at = models.DateTimeField(null=True, help_text="when whoever makes it was last heard of")
    done = models.PositiveBigIntegerField(default=0, help_text="of `total`, in the step that it is at")
    total = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True, help_text="why it failed and what to do, for people")
    cancel_asked_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True, help_text="the moment whose judgements it holds")
    provisional = models.BooleanField(default=False, help_text="a round of it was not closed yet")
    counts = models.JSONField(default=dict, help_text="by axis; see membership.py")
    digest = models.CharField(max_length=64, blank=True, help_text="sha256 of its members; empty until they are there")
    counting_seconds = models.FloatField(null=True)
    writing_seconds = models.FloatField(null=True)
    ready_at = models.DateTimeField(null=True)
    artifact = models.CharField(max_length=64, blank=True, help_text="sha256 of its manifest; empty until it is ready")
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    why_erased = models.TextField(blank=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="snapshot_number_once"),
            models.CheckConstraint(
                condition=Q(digest="", counted_at=None, counting_seconds=None)
                | Q(~Q(digest=""), counted_at__isnull=False, counting_seconds__isnull=False),
                name="counted_has_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("ready", "erased", "waiting", "writing"), ready_at__isnull=False)
                & ~Q(artifact="")
                & ~Q(digest="")
                & Q(writing_seconds__isnull=False)
                | ~Q(state__in=("ready", "erased")) & Q(ready_at=None, artifact="", writing_seconds=None),
                name="ready_has_all_files",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="failed_says_why"),
            models.CheckConstraint(
                condition=Q(state="erased", erased_at__isnull=False) & ~Q(why_erased="")
                | ~Q(state="erased") & Q(erased_at=None, erased_by=None, why_erased=""),
                name="erased_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting", "counting", "writing"]),
                name="unfinished_snapshots",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}, snapshot {self.number}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def preferences(self) -> int:
        """On both sides and all axes."""
        return sum(of[side]["preferences"] for of in self.counts.values() for side in ("train", "held_out"))

    @property
    def held_out(self) -> int:
        return sum(of["held_out"]["preferences"] for of in self.counts.values())

    @transaction.atomic
    def begin(self) -> bool:
        """True for one caller, until it has not beaten for a LEASE. Fails it where too many workers died of it."""
        now = timezone.now()
        held = Snapshot.objects.due(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=self.pk).first()
        if held is None:
            return False
        if held.tries >= MAX_TRIES:
            error = _("The worker ended %(n)d times while it was made. See its log, then try again.")
            held._move(or_ready(Snapshot.State.FAILED), error=error % {"n": held.tries})
            return False
        if held.cancel_asked_at:
            held._move(or_ready(Snapshot.State.CANCELLED))
            return False
        step = Snapshot.State.WRITING if held.digest else Snapshot.State.COUNTING
        again = {"attempt": held.attempt + 1, "tries": held.tries + 1}
        held._move(step, **again, beat_at=now, done=0, total=0, error="")
        self.refresh_from_db()
        return True

    def beat(self, done: int, total: int) -> None:
        """It has come so far. Raises Stopped where it was cancelled, or has passed to somebody else."""
        mine = self._mine().filter(cancel_asked_at=None)
        if not mine.update(done=done, total=total, beat_at=timezone.now()):
            raise Stopped

    def counted(self, **found: Any) -> None:
        """In the transaction that writes the members. Raises Stopped as `beat` does."""
        step = {"state": Snapshot.State.WRITING, "beat_at": timezone.now(), "done": 0, "total": 0}
        if not self._mine().filter(cancel_asked_at=None).update(**step, **found):
            raise Stopped
        self.refresh_from_db()

    def finish(self, artifact: str, seconds: float) -> bool:
        """All files are there. False where it is no longer this one's to finish."""
        ready = {"state": Snapshot.State.READY, "artifact": artifact, "writing_seconds": seconds}
        since = Coalesce("ready_at", Value(timezone.now()))
        if not self._mine().filter(cancel_asked_at=None).update(**ready, ready_at=since):
            return False
        self.refresh_from_db()
        return True

    def stop(self) -> bool:
        """By whoever makes it, which has been told to: it was cancelled. False where it is somebody else's by now."""
        return self._mine().exclude(cancel_asked_at=None).update(state=or_ready(Snapshot.State.CANCELLED)) == 1

    def is_mine(self) -> bool:
        """Whoever makes it still does, be it cancelled or not."""
        return self._mine().exists()

    def fail(self, error: str) -> None:
        self._mine().update(state=or_ready(Snapshot.State.FAILED), error=error)

    def cancel(self) -> bool:
        """At once where nobody is at it yet, else as soon as whoever makes it hears of it. False where it is done."""
        now = timezone.now()
        waiting = Snapshot.objects.filter(pk=self.pk, state=Snapshot.State.WAITING)
        if waiting.update(state=or_ready(Snapshot.State.CANCELLED), cancel_asked_at=now):
            return True
        at_work = Snapshot.objects.filter(pk=self.pk, state__in=AT_WORK, cancel_asked_at=None)
        return at_work.update(cancel_asked_at=now) == 1

    def try_again(self) -> bool:
        """With the members that it has, if it has any; of one that is ready its files are written again. False where
        somebody makes it, and where it is erased."""
        over = Snapshot.objects.filter(pk=self.pk, state__in=OVER)
        return over.update(state=Snapshot.State.WAITING, tries=0, error="", cancel_asked_at=None) == 1

    def erase(self, by: Person | None, why: str) -> None:
        """That its files are gone. Raises NotNow where it was not ready, or is erased already."""
        erased = {"state": Snapshot.State.ERASED, "erased_at": timezone.now(), "erased_by": by, "why_erased": why}
        if not Snapshot.objects.filter(pk=self.pk, state=Snapshot.State.READY).update(**erased, error=""):
            raise NotNow
        self.refresh_from_db()

    def _mine(self) -> SnapshotQuerySet:
        return Snapshot.objects.filter(pk=self.pk, attempt=self.attempt, state=self.state)

    def _move(self, state: State | Case, **fields: object) -> None:
        Snapshot.objects.filter(pk=self.pk).update(state=state, **fields)


UNFINISHED = (Snapshot.State.WAITING, Snapshot.State.COUNTING, Snapshot.State.WRITING)
AT_WORK = (Snapshot.State.COUNTING, Snapshot.State.WRITING)
OVER = (Snapshot.State.READY, Snapshot.State.FAILED, Snapshot.State.CANCELLED)


def or_ready(state: Snapshot.State) -> Case:
    """What one comes to that cannot be gone on with; one that was ready is so again."""
    return Case(When(artifact="", then=Value(state)), default=Value(Snapshot.State.READY))


class Use(models.Model):
    """A model that was trained on a snapshot, as somebody has noted: the prompts it was trained on are never held out,
    and whoever erases the snapshot reads its name."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="uses")
    name = models.CharField(max_length=200, help_text="of the run or the model, as people call it")
    noted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="one_use_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="uses_have_names"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, on {self.snapshot}"
