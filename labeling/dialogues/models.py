"""A prompt goes in, two completions come out."""

import uuid
from typing import Any, Self, TypedDict

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.projects.models import ModelVersion, Project, Prompt, Round
from labeling.projects.pair_policy import Drawn


class Message(TypedDict):
    """One message of a chat, as trainers and chat templates know it."""

    role: str
    content: str


class DialogueEnded(Exception):
    """The dialogue takes no more prompts: it was ended, or another tab went on with it."""


class Dialogue(models.Model):
    """A conversation; it belongs to its author, and nobody else goes on with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="dialogues")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="dialogues")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="dialogues")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["author", "project"], condition=Q(ended_at=None), name="open_dialogues")]

    def __str__(self) -> str:
        return str(self.id)

    @transaction.atomic
    def ask(
        self,
        number: int,
        text: str,
        draws: list[Drawn[Any]],
        *,
        prompt: Prompt | None = None,
        continues: "Completion | None" = None,
    ) -> tuple["Turn", bool]:
        """Write turn `number` and its two queued completions; False when that turn is there already.

        The number makes a repeated request harmless. Raises DialogueEnded when the dialogue is over, when the number
        is not the next one, and when another prompt was sent for it before.
        """
        locked = Dialogue.objects.select_for_update().get(pk=self.pk)
        if existing := self.turns.filter(number=number).first():
            if existing.text != text:
                raise DialogueEnded
            return existing, False
        if locked.ended_at or number != self.turns.count() + 1:
            raise DialogueEnded
        turn = Turn.objects.create(dialogue=self, number=number, text=text, prompt=prompt, continues=continues)
        Completion.objects.bulk_create(
            Completion(
                turn=turn,
                draw=place,
                model_version=draw.entry.model_version,
                seed=draw.seed,
                temperature=draw.temperature,
                top_p=draw.top_p,
                draw_probability=draw.probability,
                max_new_tokens=self.round.max_new_tokens,
            )
            for place, draw in enumerate(draws)
        )
        return turn, True

    def end(self) -> None:
        Dialogue.objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now())


class TurnQuerySet(models.QuerySet["Turn"]):
    def of(self, person: Person) -> Self:
        """Turns this person wrote; a dialogue is nobody else's."""
        return self.filter(dialogue__author=person)


class Turn(models.Model):
    """One prompt in a dialogue, and the two responses drawn for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    dialogue = models.ForeignKey(Dialogue, on_delete=models.PROTECT, related_name="turns")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, null=True, related_name="turns")
    continues = models.ForeignKey(
        "Completion",
        on_delete=models.PROTECT,
        null=True,
        related_name="continued_by",
        help_text="the response of the turn before that this one goes on from",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering = ["dialogue", "number"]
        constraints = [
            models.UniqueConstraint(fields=["dialogue", "number"], name="turn_number_once"),
            models.CheckConstraint(
                condition=Q(number=1, continues=None) | Q(number__gt=1, continues__isnull=False),
                name="later_turns_continue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dialogue_id}, turn {self.number}"

    def messages(self) -> list[Message]:
        """The dialogue up to and with this turn's prompt; responses are those it went on from."""
        turns = self.dialogue.turns.filter(number__lte=self.number).select_related("continues")
        messages: list[Message] = []
        for turn in turns.order_by("number"):
            if turn.continues:
                messages.append({"role": "assistant", "content": turn.continues.text})
            messages.append({"role": "user", "content": turn.text})
        return messages


class State(models.TextChoices):
    QUEUED = "queued"  # waiting for a worker
    RUNNING = "running"  # a worker has started; deltas are arriving
    DONE = "done"  # the text is final
    FAILED = "failed"  # see error; may be retried
    CANCELLED = "cancelled"  # nobody wants it any more


UNFINISHED = (State.QUEUED, State.RUNNING)


class CompletionQuerySet(models.QuerySet["Completion"]):
    def current(self) -> Self:
        """The completions their turns show; redrawn ones are kept but no longer shown."""
        return self.filter(discarded_at=None)


class Completion(models.Model):
    """One response. Once DONE its text and where it came from never change; a trigger sees to it.

    Every change of state is one conditional UPDATE on (attempt, state), so that of any number of
    messages, in whatever order and however late, exactly one decides.
    """

    MAX_ATTEMPTS = 3  # what a worker's failure may cost before a person is asked

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="completions")
    draw = models.PositiveSmallIntegerField(help_text="0 or 1: its place among the two draws of the turn")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="completions")
    seed = models.BigIntegerField()
    temperature = models.FloatField()
    top_p = models.FloatField()
    max_new_tokens = models.PositiveIntegerField()
    draw_probability = models.FloatField()

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    error = models.TextField(blank=True, help_text="why it failed, for managers; annotators never see it")
    queued_at = models.DateTimeField(default=timezone.now)
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

    discarded_at = models.DateTimeField(null=True)
    discard_reason = models.CharField(max_length=200, blank=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["turn", "draw"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "draw"], condition=Q(discarded_at=None), name="one_current_completion_a_draw"
            ),
            models.CheckConstraint(condition=Q(draw__in=(0, 1)), name="two_draws_a_turn"),
            models.CheckConstraint(
                condition=~Q(state=State.DONE) | Q(finished_at__isnull=False) & ~Q(finish_reason=""),
                name="done_is_finished",
            ),
        ]
        indexes = [models.Index(fields=["queued_at"], condition=Q(state__in=UNFINISHED), name="unfinished_completions")]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"

    @property
    def truncated(self) -> bool:
        return self.finish_reason == "length"

    def start(self, attempt: int) -> bool:
        """A worker has begun this attempt."""
        return self._when(attempt, State.QUEUED).update(state=State.RUNNING, started_at=timezone.now()) == 1

    def store(self, attempt: int, **result: Any) -> bool:
        """True for exactly one result, however often the message is delivered."""
        done = {"state": State.DONE, "finished_at": timezone.now(), "error": "", **result}
        return self._when(attempt, *UNFINISHED).update(**done) == 1

    def fail(self, attempt: int, error: str) -> bool:
        """The attempt is over and no other follows by itself."""
        failed = {"state": State.FAILED, "finished_at": timezone.now(), "error": error}
        return self._when(attempt, *UNFINISHED).update(**failed) == 1

    def retry(self, attempt: int, error: str = "") -> bool:
        """Queue the same draw again, same seed, as the next attempt; from any state but DONE and CANCELLED."""
        again = {
            "state": State.QUEUED,
            "attempt": F("attempt") + 1,
            "error": error,
            "queued_at": timezone.now(),
            "sent_at": None,
            "started_at": None,
            "finished_at": None,
        }
        return self._when(attempt, *UNFINISHED, State.FAILED).update(**again) == 1

    def cancel(self) -> bool:
        unfinished = Completion.objects.filter(pk=self.pk, state__in=(*UNFINISHED, State.FAILED))
        return unfinished.update(state=State.CANCELLED, finished_at=timezone.now()) == 1

    def _when(self, attempt: int, *states: State) -> models.QuerySet["Completion"]:
        return Completion.objects.filter(pk=self.pk, attempt=attempt, state__in=states)
