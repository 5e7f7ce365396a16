"""Dialogues, their turns, and what models answered."""

from labeling.dialogues.models.attempted import UNFINISHED, Attempted, State
from labeling.dialogues.models.completion import Completion
from labeling.dialogues.models.dialogue import Dialogue, DialogueEnded, Message, Turn
from labeling.dialogues.models.trial import Trial
from labeling.dialogues.models.written import Written

KINDS: tuple[type[Attempted], ...] = (Completion, Trial)
"""Whatever a worker may be asked for. Their keys are random, so that one key names one row of one kind."""

__all__ = [
    "KINDS",
    "UNFINISHED",
    "Attempted",
    "Completion",
    "Dialogue",
    "DialogueEnded",
    "Message",
    "State",
    "Trial",
    "Turn",
    "Written",
]
