"""One message of a conversation, as HTML."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from labeling.dialogues.models import Completion, Message
from labeling.projects import markdown


@dataclass
class Said:
    """One message: a prompt as it was typed, a response as Markdown."""

    role: str
    html: SafeString
    truncated: bool = False

    @classmethod
    def of(cls, message: Message) -> "Said":
        prompt = message["role"] == "user"
        text = message["content"]
        return cls(message["role"], escape(text) if prompt else markdown.render(text))

    @classmethod
    def by(cls, completion: Completion) -> "Said":
        """A response that is complete."""
        return cls("assistant", mark_safe(completion.html), completion.truncated)  # noqa: S308 - sanitised when stored
