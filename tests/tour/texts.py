"""The texts of texts.toml, by name."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Exchange(NamedTuple):
    prompt: str
    a: str
    b: str


_texts = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
GUIDELINES: dict[str, str] = _texts.pop("guidelines")
CONSENT: list[str] = _texts.pop("consent")["versions"]
COMMENT: str = _texts.pop("comment")["text"].strip()
BREAD, STARTER, DOOR, MOON, VIRUS, LETTER = (
    Exchange(**{part: text.strip() for part, text in _texts[name].items()})
    for name in ("bread", "starter", "door", "moon", "virus", "letter")
)
