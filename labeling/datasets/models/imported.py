"""A file that somebody brings in: where it is to go, how far it has come, and what is wrong with which of its rows."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.projects.models import Axis, Project, PromptSet, Round

LEASE = timedelta(minutes=1)  # without a beat, after which whoever is at it is taken for dead
MAX_TRIES = 3  # how many workers may die of it before a person is asked
KEPT = timedelta(days=7)  # what nobody went on with


class Interrupted(Exception):
    """Whoever is at it is to leave it: it was cancelled, or somebody else is at it."""


class ImportQuerySet(models.QuerySet["Import"]):
    def of(self, person: Person) -> Self:
        """A project's are its managers'; one into a prompt set is that of whoever began it."""
        if person.is_superuser:
            return self.all()
        return self.filter(Q(project__in=Project.objects.managed_by(person)) | Q(project=None, made_by=person))

    def begin_here(self, **fields: Any) -> "Import":
        """By a process that checks it itself, of a file that no worker sees."""
        return self.create(**fields, state=Import.State.CHECKING, attempt=1, tries=1, beat_at=timezone.now())

    def due(self, now: datetime) -> Self:
        """Those that nobody is at, the oldest first."""
        left = Q(state__in=AT_WORK, beat_at__lt=now - LEASE)
        return self.filter(Q(state=Import.State.WAITING) | left).order_by("created_at")

    def forgotten(self, now: datetime) -> Self:
        before = Q(state__in=BEFORE_WORK, created_at__lt=now - KEPT)
        return self.filter(before | Q(state__in=AFTER_WORK, beat_at__lt=now - KEPT))


class Import(models.Model):
    """One file into a prompt set, or into a project as comparisons. It is read and checked as a whole into rows of its
    own before anything is stored, and stored in one transaction: nothing is ever half imported.

    Each step is one conditional UPDATE on (attempt, state), so that a worker that was taken for dead and comes back
    changes nothing.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("is being sent")
        MAPPING = "mapping", _("waits for its columns")  # the file is here; a person says what is in it
        WAITING = "waiting", _("waits for a worker")  # to be checked, or to be stored once it is checked
        CHECKING = "checking", _("is being checked")
        CHECKED = "checked", _("waits for your word")
        STORING = "storing", _("is being stored")
        DONE = "done", _("stored")
        FAILED = "failed", _("failed")  # see error; nothing was stored
        CANCELLED = "cancelled", _("cancelled")  # nothing was stored, and the file is gone

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="imports")
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.CASCADE, null=True, related_name="imports")
    axis = models.CharField(max_length=20, choices=Axis, blank=True)
    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, null=True, related_name="imports", help_text="that its comparisons came into"
    )
    made_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: a command"
    )
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=255, help_text="of the file")
    size = models.PositiveBigIntegerField(help_text="of the file, in bytes")
    mapping = models.JSONField(default=dict, help_text="see imports/mapping.py")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    attempt = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0, help_text="attempts since somebody asked for it last")
    beat_at = models.DateTimeField(null=True, help_text="when whoever is at it was last heard of")
    done = models.PositiveBigIntegerField(
        default=0, help_text="of `size`: what is read of the file, then what is stored of it"
    )
    read = models.PositiveIntegerField(default=0, help_text="rows")
    fitting = models.PositiveIntegerField(null=True, help_text="rows that can be stored, or were")
    wrong = models.PositiveIntegerField(null=True, help_text="rows that cannot, duplicates apart")
    duplicates = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True, help_text="why it failed and what to do, for people")
    cancel_asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(project=None, prompt_set__isnull=False, axis="", round=None)
                | Q(project__isnull=False, prompt_set=None) & ~Q(axis=""),
                name="imports_go_to_one_place",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="failed_imports_say_why"),
            models.CheckConstraint(
                condition=Q(state="done", stored_at__isnull=False) | ~Q(state="done") & Q(stored_at=None),
                name="done_imports_are_stored",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting", "checking", "storing"]),
                name="unfinished_imports",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        return self.state in (Import.State.WAITING, *AT_WORK)

    @property
    def is_over(self) -> bool:
        return self.state in (Import.State.DONE, Import.State.CANCELLED)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // max(1, self.size))

    def received(self) -> None:
        """The file is whole."""
        Import.objects.filter(pk=self.pk, state=Import.State.RECEIVING).update(state=Import.State.MAPPING)
        self.refresh_from_db()

    def ask_to_check(self, mapping: Mapping[str, Any], axis: str = "") -> bool:
        """By a worker, soon. Again, where it failed or its columns were others. False where it is too late for that."""
        open_ = Import.objects.filter(pk=self.pk, state__in=(*BEFORE_STORING, Import.State.FAILED))
        asked = {"state": Import.State.WAITING, "mapping": mapping, "axis": axis, "checked_at": None}
        return open_.update(**asked, tries=0, error="", fitting=None, wrong=None, duplicates=None) == 1

    def ask_to_store(self) -> bool:
        """What fits, by a worker, soon. False where it is not checked, or nothing fits."""
        checked = Import.objects.filter(pk=self.pk, state=Import.State.CHECKED, fitting__gt=0)
        return checked.update(state=Import.State.WAITING, tries=0) == 1

    def store_here(self) -> bool:
        """By the process that has checked it."""
        step = {"state": Import.State.STORING, "attempt": self.attempt + 1, "beat_at": timezone.now()}
        stores = self._mine().filter(state=Import.State.CHECKED, fitting__gt=0).update(**step) == 1
        self.refresh_from_db()
        return stores

    def cancel(self) -> bool:
        """At once where nobody is at it, else as soon as whoever is at it hears of it. False where it is over."""
        idle = (*BEFORE_STORING, Import.State.WAITING, Import.State.FAILED)
        now = timezone.now()
        if Import.objects.filter(pk=self.pk, state__in=idle).update(state=Import.State.CANCELLED, cancel_asked_at=now):
            return True
        return Import.objects.filter(pk=self.pk, state__in=AT_WORK).update(cancel_asked_at=now) == 1

    @transaction.atomic
    def begin(self) -> bool:
        """True for one caller, until it has not beaten for a LEASE. Fails it where too many workers died of it."""
        now = timezone.now()
        held = Import.objects.due(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=self.pk).first()
        if held is None:
            return False
        if held.cancel_asked_at:
            held._move(Import.State.CANCELLED)
            self.refresh_from_db()
            return False
        if held.tries >= MAX_TRIES:
            error = _("The worker ended %(n)d times while it was at this file. See its log, then try again.")
            held._move(Import.State.FAILED, error=error % {"n": held.tries})
            return False
        step = Import.State.STORING if held.checked_at else Import.State.CHECKING
        held._move(step, attempt=held.attempt + 1, tries=held.tries + 1, beat_at=now, done=0, error="")
        self.refresh_from_db()
        return True

    def beat(self, **progress: int) -> None:
        """It has come so far. Raises Interrupted where it was cancelled, or has passed to somebody else."""
        if not self._mine().filter(cancel_asked_at=None).update(beat_at=timezone.now(), **progress):
            raise Interrupted

    def heard_of(self) -> None:
        """That somebody is at it, while one statement takes minutes."""
        self._mine().update(beat_at=timezone.now())

    def checked(self, **counts: int) -> None:
        """Raises Interrupted as `beat` does."""
        step = {"state": Import.State.CHECKED, "checked_at": timezone.now(), "tries": 0}
        if not self._mine().filter(cancel_asked_at=None).update(**step, **counts):
            raise Interrupted
        self.refresh_from_db()

    def stored(self, **found: Any) -> None:
        """In the transaction that stores it. Raises Interrupted as `beat` does."""
        step = {"state": Import.State.DONE, "stored_at": timezone.now()}
        if not self._mine().filter(cancel_asked_at=None).update(**step, **found):
            raise Interrupted
        self.refresh_from_db()

    def stop(self) -> bool:
        """By whoever is at it, who has been told to. False where it is somebody else's by now."""
        return self._mine().exclude(cancel_asked_at=None).update(state=Import.State.CANCELLED) == 1

    def fail(self, error: str) -> None:
        self._mine().update(state=Import.State.FAILED, error=error)

    def _mine(self) -> ImportQuerySet:
        return Import.objects.filter(pk=self.pk, attempt=self.attempt, state=self.state)

    def _move(self, state: State, **fields: object) -> None:
        Import.objects.filter(pk=self.pk).update(state=state, **fields)


BEFORE_WORK = (Import.State.RECEIVING, Import.State.MAPPING)
AFTER_WORK = (Import.State.CHECKED, Import.State.FAILED)  # until somebody goes on with it
BEFORE_STORING = (*BEFORE_WORK, Import.State.CHECKED)
AT_WORK = (Import.State.CHECKING, Import.State.STORING)


class ImportRow(models.Model):
    """One row of the file, until it is stored; what is wrong with it stays. `key` is the same for two rows that say the
    same."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, db_index=False, related_name="rows")
    number = models.PositiveIntegerField()
    key = models.BinaryField(null=True)
    data = models.JSONField(null=True, help_text="what is to be stored")
    wrong = models.CharField(max_length=20, blank=True, help_text="see imports/wrong.py")
    cell = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["imported", "number"]
        constraints = [
            models.UniqueConstraint(fields=["imported", "number"], name="one_row_a_number"),
            models.CheckConstraint(condition=Q(data=None) | Q(key__isnull=False), name="rows_to_store_have_keys"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of {self.imported_id}"


class Origin(models.Model):
    """Where a comparison came from: a row of a file, which said of it what `key` is made of."""

    imported = models.ForeignKey(Import, on_delete=models.PROTECT, db_index=False, related_name="origins")
    number = models.PositiveIntegerField(help_text="of the row")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="origins")
    key = models.BinaryField()

    class Meta:
        ordering = ["imported", "number"]
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="one_origin_a_row")]

    def __str__(self) -> str:
        return f"row {self.number} of {self.imported_id}"
