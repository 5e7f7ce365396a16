"""A response: one draw of one turn."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.dialogues.models.attempted import UNFINISHED, Attempted, State
from labeling.dialogues.models.dialogue import Message, Turn
from labeling.projects.pair_policy import Drawn

OR_ELSEWHERE: Any = {"null": True}  # the types say it is there: so it is of all that was asked of a model here


class CompletionQuerySet(models.QuerySet["Completion"]):
    def current(self) -> Self:
        """The completions their turns show; redrawn ones are kept but no longer shown."""
        return self.filter(discarded_at=None)

    def draw(self, turn: Turn, draws: list[Drawn[Any]]) -> None:
        """The turn's two queued completions."""
        Completion.objects.bulk_create(Completion.drawn(turn, place, draw) for place, draw in enumerate(draws))

    def set_aside_at(self, place: int) -> list[str]:
        """Why each of a turn's responses that stood at this place was set aside, the first one first."""
        gone = self.filter(draw=place, discarded_at__isnull=False)
        return list(gone.order_by("discarded_at").values_list("discard_reason", flat=True))


class Completion(Attempted):
    """One response. Once DONE its text and where it came from never change; a trigger sees to it.

    A redraw sets it aside (`discarded_at`, with the gate that stopped it as the reason, or that its author did) for a
    new row.

    A text that was written elsewhere, and came by an import, has no turn: how it was drawn is not known, and its seed,
    temperature, top-p and limit of tokens, all of them 0, say nothing.
    """

    STOPPED = "stopped"  # by its author: as a finish reason, and as a reason to set it aside

    asked_with: ClassVar[tuple[str, ...]] = ("model_version", "turn__dialogue")

    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="completions", **OR_ELSEWHERE)
    draw = models.PositiveSmallIntegerField(
        help_text="0 or 1: its place among the two draws of the turn", **OR_ELSEWHERE
    )
    draw_probability = models.FloatField(**OR_ELSEWHERE)
    discarded_at = models.DateTimeField(null=True)
    discard_reason = models.CharField(max_length=200, blank=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["turn", "draw"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "draw"], condition=Q(discarded_at=None), name="one_current_completion_a_draw"
            ),
            models.CheckConstraint(
                condition=Q(turn__isnull=False, draw__isnull=False, draw__in=(0, 1), draw_probability__isnull=False)
                | Q(turn=None, draw=None, draw_probability=None, state=State.DONE),
                name="drawn_for_a_turn_or_written_elsewhere",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DONE) | Q(finished_at__isnull=False) & ~Q(finish_reason=""),
                name="done_is_finished",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at=None, discard_reason="")
                | Q(discarded_at__isnull=False, state=State.DONE) & ~Q(discard_reason=""),
                name="set_aside_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["queued_at"], condition=Q(state__in=UNFINISHED), name="unfinished_completions"),
            models.Index(fields=["finished_at"], name="finished_completions"),
            models.Index(fields=["finished_at"], condition=Q(state=State.FAILED), name="failed_completions"),
            models.Index(fields=["model_version", "state"], include=["discarded_at"], name="completions_of_a_version"),
        ]

    def messages(self) -> list[Message]:
        return self.turn.messages()

    @classmethod
    def drawn(cls, turn: Turn, place: int, draw: Drawn[Any], **state: Any) -> Self:
        """A new row, not saved; queued unless said otherwise."""
        return cls(
            turn=turn,
            draw=place,
            model_version=draw.entry.model_version,
            seed=draw.seed,
            temperature=draw.temperature,
            top_p=draw.top_p,
            draw_probability=draw.probability,
            max_new_tokens=turn.dialogue.round.max_new_tokens,
            **state,
        )

    def set_aside(self, reason: str) -> None:
        """A gate stopped it: it is kept, and neither shown nor judged."""
        self.discarded_at, self.discard_reason = timezone.now(), reason
        self.save(update_fields=["discarded_at", "discard_reason"])

    @property
    def stopped(self) -> bool:
        """Its author has read enough of it; the text is what was written by then."""
        return self.finish_reason == self.STOPPED

    @property
    def is_stock(self) -> bool:
        """Nobody waits for it: its dialogue has no author yet."""
        return self.turn.dialogue.author_id is None
