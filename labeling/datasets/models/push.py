"""A copy of a snapshot on a hub of data sets."""

from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.datasets.models.snapshot import NotNow, Snapshot, Stopped
from labeling.projects.models import Project

LEASE = timedelta(minutes=2)  # without a word, after which whoever sends it is taken for dead


class PushQuerySet(models.QuerySet["Push"]):
    def begin(self, snapshot: Snapshot, name: str, *, private: bool, by: Person | None = None) -> "Push":
        """Raises NotNow where its files are not there, or are being sent already."""
        if snapshot.state != Snapshot.State.READY:
            raise NotNow
        about = {"snapshot": snapshot, "project_id": snapshot.project_id, "name": name, "private": private, "by": by}
        try:
            with transaction.atomic():
                return self.create(**about)
        except IntegrityError as error:
            raise NotNow from error

    def beside(self, push: "Push") -> Self:
        """Others that are being sent to the same data set."""
        return self.filter(name=push.name, state=Push.State.SENDING).exclude(pk=push.pk)

    def end_left(self, now: datetime) -> int:
        """Those whose sender ended in the middle, and the token with it."""
        error = _("Whoever sent it ended in the middle. Send it again: what the hub has already is not sent twice.")
        left = self.filter(state=Push.State.SENDING, told_at__lt=now - LEASE)
        cancelled = left.exclude(cancel_asked_at=None).update(state=Push.State.CANCELLED)
        return cancelled + left.update(state=Push.State.FAILED, error=str(error))


class Push(models.Model):
    """The token that it is sent with is in the memory of whoever sends it, and nowhere else: a push that breaks off is
    begun anew by whoever has the token."""

    class State(models.TextChoices):
        SENDING = "sending", _("is being sent")
        DONE = "done", _("is there")
        FAILED = "failed", _("failed")  # see error
        CANCELLED = "cancelled", _("cancelled")  # nothing of it is in a data set there

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="pushes")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, help_text="on the hub: owner/name")
    private = models.BooleanField(help_text="where it was made for this")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: a command")
    begun_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(default=timezone.now, help_text="when whoever sends it was last heard of")
    done = models.PositiveBigIntegerField(default=0, help_text="bytes, of `total`")
    total = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.SENDING)
    error = models.TextField(blank=True, help_text="why it failed and what to do, for people")
    cancel_asked_at = models.DateTimeField(null=True)
    address = models.URLField(max_length=500, blank=True, help_text="of the commit that it became")

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot"], condition=Q(state="sending"), name="one_push_at_a_time"),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="failed_pushes_say_why"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot} to {self.name}"

    @property
    def percent(self) -> int:
        return self.done * 100 // max(1, self.total)

    def tell(self, done: int, total: int) -> None:
        """It has come so far. Raises Stopped where it was cancelled, or is taken for failed."""
        wanted = self._sending().filter(cancel_asked_at=None)
        if not wanted.update(done=done, total=total, told_at=timezone.now()):
            raise Stopped

    def heard_of(self) -> bool:
        """Whoever sends it is still at it. False where they are to leave it."""
        self._sending().update(told_at=timezone.now())
        return not Push.objects.filter(pk=self.pk).exclude(state=Push.State.SENDING, cancel_asked_at=None).exists()

    def cancel(self) -> bool:
        """As soon as whoever sends it hears of it, unless the hub has all of it by then. False where it is over."""
        return self._sending().filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()) == 1

    def is_cancelled(self) -> bool:
        return Push.objects.filter(pk=self.pk).exclude(cancel_asked_at=None).exists()

    def stop(self) -> None:
        """By whoever sends it, who has been told to."""
        self._move(state=Push.State.CANCELLED)

    def finish(self, address: str) -> None:
        """Also where it was cancelled too late: it is there."""
        self._move(state=Push.State.DONE, address=address)

    def fail(self, error: str) -> None:
        self._move(state=Push.State.FAILED, error=error)

    def _sending(self) -> PushQuerySet:
        return Push.objects.filter(pk=self.pk, state=Push.State.SENDING)

    def _move(self, **fields: object) -> None:
        self._sending().update(**fields)
        self.refresh_from_db()
