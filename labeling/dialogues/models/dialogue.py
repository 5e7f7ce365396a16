"""A prompt goes in, two completions come out."""

import uuid
from typing import TYPE_CHECKING, Any, Self, TypedDict

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.dialogues.models.written import Written
from labeling.projects.models import Project, Prompt, PromptRemoved, Round
from labeling.projects.pair_policy import Drawn

if TYPE_CHECKING:
    from labeling.dialogues.models.completion import Completion


class Message(TypedDict):
    """One message of a chat, as trainers and chat templates know it."""

    role: str
    content: str


class DialogueEnded(Exception):
    """The dialogue takes no more prompts: it was ended, or another tab went on with it."""


class Dialogue(models.Model):
    """A conversation; it belongs to its author, and nobody else goes on with it.

    In stock it has no author yet: its first turn was asked ahead, and whoever takes it becomes its author.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="dialogues")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="dialogues")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False, related_name="dialogues")
    taken_as = models.UUIDField(null=True, help_text="what its author's page, which took it from stock, called it")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["author", "project"], condition=Q(ended_at=None), name="open_dialogues"),
            models.Index(fields=["round", "created_at"], condition=Q(author=None, ended_at=None), name="stock"),
        ]
        constraints = [models.UniqueConstraint(fields=["author", "taken_as"], name="taken_once_by_a_name")]

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
        written: Written | None = None,
    ) -> tuple["Turn", bool]:
        """Write turn `number` and its two queued completions; False when that turn is there already.

        `written` is what is known of a prompt that its author wrote; of one of the set, the set's tags are.

        The number makes a repeated request harmless. Raises DialogueEnded when the dialogue is over, when the number
        is not the next one, and when another prompt was sent for it before; PromptRemoved when the prompt is gone.
        """
        locked = Dialogue.objects.select_for_update().get(pk=self.pk)
        if existing := self.turns.filter(number=number).first():
            if existing.text != text:
                raise DialogueEnded
            return existing, False
        if locked.ended_at or number != self.turns.count() + 1:
            raise DialogueEnded
        if prompt and not prompt.hold():
            raise PromptRemoved
        about = Written.of(prompt) if prompt else written or Written()
        own = {"dialogue": self, "number": number, "text": text}
        turn = Turn.objects.create(**own, prompt=prompt, continues=continues, **vars(about))
        turn.completions.draw(turn, draws)
        return turn, True

    def end(self) -> None:
        Dialogue.objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now())

    def reopen(self) -> None:
        Dialogue.objects.filter(pk=self.pk).update(ended_at=None)


class TurnQuerySet(models.QuerySet["Turn"]):
    def of(self, person: Person) -> Self:
        """Turns this person wrote; a dialogue is nobody else's."""
        return self.filter(dialogue__author=person)

    def named(self, person: Person, page: uuid.UUID, number: int) -> Self:
        """What a page asked for before under this name: a dialogue's key, or what a pair was taken from stock as."""
        return self.of(person).filter(Q(dialogue=page) | Q(dialogue__taken_as=page), number=number)


class Turn(models.Model):
    """One prompt in a dialogue, and the two responses drawn for it.

    It never changes, which a trigger sees to, but for the language, which its author may correct. What the page counted
    while the prompt was written is told by a browser: it helps to look where to look, and proves nothing.
    """

    class LanguageFrom(models.TextChoices):
        SET = "set", _("the prompt set says so")
        AUTHOR = "author", _("its author says so")
        ASSUMED = "assumed", _("offered and left, or told by the script")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    dialogue = models.ForeignKey(Dialogue, on_delete=models.PROTECT, db_index=False, related_name="turns")
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
    language = models.CharField(max_length=35, blank=True, help_text="BCP 47 tag; see projects.languages")
    language_from = models.CharField(max_length=10, choices=LanguageFrom, blank=True)
    risk = models.CharField(max_length=20, choices=Prompt.Risk, blank=True)
    attack = models.CharField(max_length=20, choices=Prompt.Attack, blank=True)
    keystrokes = models.PositiveIntegerField(null=True)
    typed_chars = models.PositiveIntegerField(null=True)
    pasted_chars = models.PositiveIntegerField(null=True)
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

    @property
    def paste_share(self) -> float | None:
        """Of the characters that were put in, between 0 and 1; None where nobody counted."""
        put_in = (self.typed_chars or 0) + (self.pasted_chars or 0)
        return (self.pasted_chars or 0) / put_in if put_in else None

    def correct_language(self, tag: str) -> None:
        self.language, self.language_from = tag, Turn.LanguageFrom.AUTHOR
        self.save(update_fields=["language", "language_from"])

    @staticmethod
    def uses_of(prompts: list[int], **_: Any) -> dict[int, int]:
        """Receives `uses_asked`. A prompt waiting in stock is in use too."""
        turns = Turn.objects.filter(prompt__in=prompts, number=1).order_by()
        return dict(turns.values_list("prompt").annotate(models.Count("pk")))

    def messages(self) -> list[Message]:
        """The dialogue up to and with this turn's prompt; responses are those it went on from."""
        turns = self.dialogue.turns.filter(number__lte=self.number).select_related("continues")
        messages: list[Message] = []
        for turn in turns.order_by("number"):
            if turn.continues:
                messages.append({"role": "assistant", "content": turn.continues.text})
            messages.append({"role": "user", "content": turn.text})
        return messages
