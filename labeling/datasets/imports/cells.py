"""What one cell holds: a text, or a dialogue in any of the ways in which people write them down. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from labeling.datasets.imports.wrong import Refused, Wrong
from labeling.projects.gates import UNREADABLE
from labeling.projects.mojibake import is_mojibake

HUMAN = "\n\nHuman:"  # begins a dialogue of Anthropic's HH-RLHF
_MARKER = re.compile(r"\n\n(Human|Assistant): ?")
_HALF = re.compile(r"[\ud800-\udfff]")
_UNDECODED = re.compile(r"[\udc80-\udcff]")
ROLES = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "chatgpt"), "assistant"),
    "system": "system",
}


class Message(TypedDict):
    role: str
    content: str


def text(value: Any, cell: str, longest: int) -> str:
    """As it stands there; refused where no database or page could keep it."""
    if value is None:
        raise Refused(Wrong.EMPTY, cell)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(Wrong.TYPE, cell, type(value).__name__)
    said = str(value)
    if not said.strip():
        raise Refused(Wrong.EMPTY, cell)
    refuse_what_cannot_be_kept(said, cell, longest)
    return said


def refuse_what_cannot_be_kept(said: str, cell: str, longest: int) -> None:
    if "\0" in said:
        raise Refused(Wrong.NUL, cell)
    if _HALF.search(said):
        raise Refused(Wrong.UTF8 if _UNDECODED.search(said) else Wrong.SURROGATE, cell)
    if len(said) > longest:
        raise Refused(Wrong.LONG, cell, f"{len(said)} > {longest}")


def word(values: Mapping[str, Any], column: str, longest: int = 200) -> str:
    """What a short cell says, empty where it says nothing."""
    value = values.get(column) if column else None
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return text(value, column, longest) if str(value).strip() else ""


def words(values: Mapping[str, Any], column: str) -> list[str]:
    """Of a list, or separated by commas."""
    value = unfolded(values.get(column), column) if column else None
    if isinstance(value, str):
        value = value.split(",")
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        value = [value]
    return list(dict.fromkeys(text(one, column, 50) for one in value if one not in (None, "") and str(one).strip()))


def refuse_what_is_broken(said: str, cell: str) -> None:
    """Of what annotators are to be asked; what a model wrote is kept as it is."""
    if UNREADABLE.search(said) or is_mojibake(said, one_is_enough=True):
        raise Refused(Wrong.BROKEN, cell)


def unfolded(value: Any, cell: str) -> Any:
    """A list that a CSV cell holds as JSON; anything else as it is."""
    if not isinstance(value, str) or not (begins := value.lstrip()[:3]).startswith(("[{", '["', "['")):
        return value
    try:
        found = json.loads(value)
    except ValueError as error:
        if begins.startswith(("[{'", "['")):
            raise Refused(Wrong.REPR, cell) from error
        return value
    return found


def dialogue(value: Any, cell: str, longest: int) -> list[Message] | str:
    """Messages, where the cell holds any; else its text."""
    value = unfolded(value, cell)
    if isinstance(value, str) and value.startswith(HUMAN):
        return in_order(marked(value, cell, longest), cell)
    if isinstance(value, list | tuple):
        return in_order([message(one, cell, longest) for one in value], cell)
    return text(value, cell, longest)


def marked(value: str, cell: str, longest: int) -> list[Message]:
    """A dialogue in one text, by its markers."""
    parts = _MARKER.split(value)
    spoken = zip(parts[1::2], parts[2::2], strict=True)
    roles = {"Human": "user", "Assistant": "assistant"}
    return [Message(role=roles[speaker], content=text(said, cell, longest)) for speaker, said in spoken]


def message(value: Any, cell: str, longest: int) -> Message:
    """As TRL, OpenAI or ShareGPT name its parts; a text alone is its user's."""
    if isinstance(value, str):
        return Message(role="user", content=text(value, cell, longest))
    if not isinstance(value, Mapping):
        raise Refused(Wrong.TYPE, cell, type(value).__name__)
    role = ROLES.get(str(value.get("role", value.get("from", ""))).lower())
    if role is None:
        raise Refused(Wrong.ROLES, cell, value.get("role", value.get("from", "")))
    return Message(role=role, content=text(value.get("content", value.get("value")), cell, longest))


def in_order(messages: Sequence[Message], cell: str) -> list[Message]:
    """Refused where it does not begin with the user, after a system prompt perhaps, or two of one role follow."""
    if not messages:
        raise Refused(Wrong.EMPTY, cell)
    spoken = list(messages[1:] if messages[0]["role"] == "system" else messages)
    for place, one in enumerate(spoken):
        if one["role"] != ("user", "assistant")[place % 2]:
            raise Refused(Wrong.ROLES, cell, one["role"])
    if not spoken:
        raise Refused(Wrong.EMPTY, cell)
    return list(messages)
