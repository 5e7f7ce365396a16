"""What is known of a prompt beside its text."""

from dataclasses import dataclass

from labeling.projects.models import Prompt


@dataclass(frozen=True)
class Written:
    """By the names of Turn's columns. Tags are empty, and counts None, where nobody said or counted."""

    language: str = ""
    language_from: str = ""
    risk: str = ""
    attack: str = ""
    keystrokes: int | None = None
    typed_chars: int | None = None
    pasted_chars: int | None = None

    @classmethod
    def of(cls, prompt: Prompt) -> "Written":
        """What its set says of it; nobody wrote it here."""
        return cls(prompt.language, "set", prompt.risk, prompt.attack)
