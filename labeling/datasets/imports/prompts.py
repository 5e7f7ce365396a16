"""A row of a file as a prompt of a set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from labeling.datasets.imports import cells, tags
from labeling.datasets.imports.mapping import Mapped, key
from labeling.datasets.imports.wrong import Refused, Wrong
from labeling.projects.models import Prompt, same

LONGEST = 20_000  # characters of one prompt, as where they are pasted
NAMED = {
    "category": (Prompt.Category.values, Wrong.CATEGORY),
    "risk": (Prompt.Risk.values, Wrong.RISK),
    "attack": (Prompt.Attack.values, Wrong.ATTACK),
}


@dataclass(frozen=True)
class ReadPrompt:
    """By the names of Prompt's columns."""

    text: str
    follow_ups: list[str] = field(default_factory=list)
    language: str = "en"
    category: str = Prompt.Category.EVERYDAY
    risk: str = ""
    attack: str = ""
    tags: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, values: Mapping[str, Any], mapped: Mapped) -> "ReadPrompt":
        """Raises Refused."""
        text, *follow_ups = turns(values, mapped.columns["text"])
        said = {name: mapped.word(values, name) for name in NAMED}
        language = tags.language(values, mapped) or "en"
        for name, (known, wrong) in NAMED.items():
            said[name] = said[name].lower().replace("-", "_").replace(" ", "_")
            if said[name] and said[name] not in known:
                raise Refused(wrong, mapped.columns.get(name, ""), said[name])
        said["category"] = said["category"] or Prompt.Category.EVERYDAY
        if said["category"] == Prompt.Category.ADVERSARIAL and not (said["risk"] and said["attack"]):
            raise Refused(Wrong.UNTAGGED, mapped.columns.get("risk", ""))
        named = cells.words(values, mapped.columns.get("tags", ""))
        return cls(text, follow_ups, language, tags=named, **said)

    def key(self) -> bytes:
        return prompt_key([self.text, *self.follow_ups])

    def data(self) -> dict[str, Any]:
        return asdict(self)

    def shown(self) -> dict[str, Any]:
        """For whoever looks whether it was understood."""
        return self.data()


def prompt_key(turns: list[str]) -> bytes:
    """The same for two prompts that nobody would tell apart."""
    return key(*map(same, turns))


def turns(values: Mapping[str, Any], column: str) -> list[str]:
    """What its user says, turn by turn: of one text, of a list of texts, or of messages."""
    value = cells.unfolded(values.get(column), column)
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) for one in value):
        found = [cells.text(one, column, LONGEST) for one in value]
    else:
        said = cells.dialogue(value, column, LONGEST)
        if not isinstance(said, str) and any(one["role"] != "user" for one in said):
            raise Refused(Wrong.ANSWERED, column)
        found = [said] if isinstance(said, str) else [one["content"] for one in said]
    for one in found:
        cells.refuse_what_is_broken(one, column)
    return [one.strip() for one in found]
