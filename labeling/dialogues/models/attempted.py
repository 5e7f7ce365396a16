"""What is asked of a worker, and what becomes of it."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F
from django.utils import timezone

from labeling.dialogues.models.dialogue import Message
from labeling.projects.models import ModelVersion


class State(models.TextChoices):
    QUEUED = "queued"  # waiting for a worker
    RUNNING = "running"  # a worker has started; deltas are arriving
    DONE = "done"  # the text is final
    FAILED = "failed"  # see error; may be retried
    CANCELLED = "cancelled"  # nobody wants it any more


UNFINISHED = (State.QUEUED, State.RUNNING)


class Attempted(models.Model):
    """One text asked of a model version, in attempts.

    Every change of state is one conditional UPDATE on (attempt, state), so that of any number of
    messages, in whatever order and however late, exactly one decides.
    """

    MAX_ATTEMPTS = 3  # what a worker's failure may cost before a person is asked
    asked_with: ClassVar[tuple[str, ...]] = ("model_version",)  # the rows that a request is made of

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="%(class)ss")
    seed = models.BigIntegerField()
    temperature = models.FloatField()
    top_p = models.FloatField()
    max_new_tokens = models.PositiveIntegerField()

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    handed_over = models.PositiveSmallIntegerField(
        default=0, help_text="attempts that a worker gave back because it was stopped; they cost nothing"
    )
    error = models.TextField(blank=True, help_text="why it failed, for managers; annotators never see it")
    tokens_over = models.PositiveIntegerField(
        null=True, help_text="by how many tokens the dialogue is too long for the model, where that is why it failed"
    )
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True, help_text="not to be sent before this; empty: at once")
    sent_at = models.DateTimeField(null=True, help_text="when the broker last took a message for it")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    text = models.TextField(blank=True)
    html = models.TextField(blank=True, help_text="the text as Markdown, rendered and sanitised once")
    prompt_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    finish_reason = models.CharField(max_length=10, blank=True)
    first_token_seconds = models.FloatField(null=True)
    seconds = models.FloatField(null=True)

    objects: models.Manager[Self]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"

    def messages(self) -> list[Message]:
        """What the model is asked."""
        raise NotImplementedError

    @property
    def is_stock(self) -> bool:
        """Nobody waits for it."""
        return False

    @property
    def tries(self) -> int:
        """Attempts that count: the current one, and those that failed or whose worker was lost."""
        return self.attempt - self.handed_over

    @property
    def truncated(self) -> bool:
        return self.finish_reason == "length"

    def sent(self) -> None:
        """The broker has taken a message for the current attempt, which a worker may have finished by now."""
        self._when(self.attempt, *UNFINISHED).update(sent_at=timezone.now())

    def start(self, attempt: int) -> bool:
        """A worker has begun this attempt."""
        return self._when(attempt, State.QUEUED).update(state=State.RUNNING, started_at=timezone.now()) == 1

    def store(self, attempt: int, *, model_sha256: str = "", **result: Any) -> bool:
        """True for exactly one result, however often the message is delivered.

        `model_sha256` is the checkpoint that wrote it, empty for one that cannot be hashed. Only a check keeps it.
        """
        done = {"state": State.DONE, "finished_at": timezone.now(), "error": "", **result}
        return self._when(attempt, *UNFINISHED).update(**done) == 1

    def fail(self, attempt: int, error: str, tokens_over: int | None = None) -> bool:
        """The attempt is over and no other follows by itself."""
        now = timezone.now()
        failed = {"state": State.FAILED, "finished_at": now, "error": error, "tokens_over": tokens_over}
        return self._when(attempt, *UNFINISHED).update(**failed) == 1

    def retry(
        self, attempt: int, error: str = "", due_at: datetime | None = None, *, handed_over: bool = False
    ) -> bool:
        """Queue the same draw again, same seed, as the next attempt; from any state but DONE and CANCELLED."""
        again = {
            "state": State.QUEUED,
            "attempt": F("attempt") + 1,
            "handed_over": F("handed_over") + int(handed_over),
            "error": error,
            "tokens_over": None,
            "queued_at": timezone.now(),
            "due_at": due_at,
            "sent_at": None,
            "started_at": None,
            "finished_at": None,
        }
        return self._when(attempt, *UNFINISHED, State.FAILED).update(**again) == 1

    def cancel(self) -> bool:
        unfinished = type(self).objects.filter(pk=self.pk, state__in=(*UNFINISHED, State.FAILED))
        return unfinished.update(state=State.CANCELLED, finished_at=timezone.now()) == 1

    def _when(self, attempt: int, *states: State) -> models.QuerySet[Self]:
        return type(self).objects.filter(pk=self.pk, attempt=attempt, state__in=states)
