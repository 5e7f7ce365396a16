"""Which column of a file says what. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from labeling.datasets.imports.cells import word

PROMPTS = ("text", "language", "category", "risk", "attack", "tags")
PAIRS = (
    *("prompt", "first", "second", "better", "degree", "annotator"),
    *("first_model", "second_model", "first_safe", "second_safe", "language"),
)
REQUIRED = ("text", "first", "second")
NAMES: Mapping[str, tuple[str, ...]] = {
    **{"text": ("text", "prompt", "turns", "messages", "instruction", "question", "input")},
    **{"language": ("language", "lang"), "category": (), "risk": ("risk", "risk_category"), "attack": ("attack",)},
    **{"tags": ("tags", "category", "topic", "domain")},
    "prompt": ("prompt", "context", "instruction", "question", "input"),
    "first": (
        "chosen",
        "response_a",
        "response_1",
        "response1",
        "output_1",
        "conversation_a",
        "completion_a",
        "answer_a",
    ),
    "second": (
        *(
            "rejected",
            "response_b",
            "response_2",
            "response2",
            "output_2",
            "conversation_b",
            "completion_b",
            "answer_b",
        ),
    ),
    "better": ("winner", "preference", "overall_preference", "better", "label", "choice"),
    "degree": ("degree", "strength"),
    "annotator": ("annotator", "annotator_id", "worker", "worker_id", "judge", "rater"),
    "first_model": ("chosen_model", "model_chosen", "model_a", "model_1", "generator_1", "chosen-model"),
    "second_model": ("rejected_model", "model_rejected", "model_b", "model_2", "generator_2", "rejected-model"),
    "first_safe": ("chosen_safe", "is_response_0_safe"),
    "second_safe": ("rejected_safe", "is_response_1_safe"),
}
"""What columns are called where, the most telling name first. A guess that a person looks at."""


@dataclass(frozen=True)
class Mapped:
    """By what a row says, the column that says it; and what is so of every row where no column does."""

    columns: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)

    def word(self, values: Mapping[str, Any], name: str) -> str:
        return word(values, self.columns.get(name, "")) or self.values.get(name, "")


def guess(names: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """For each of these, the column that is called so; no column twice."""
    there = {column.lower(): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for name in names:
        column = next((there[known] for known in NAMES[name] if known in there), None)
        if column is not None and column not in found.values():
            found[name] = column
    return found


def key(*parts: str) -> bytes:
    """Of some texts, where none runs into the next."""
    digest = blake2b(digest_size=16)
    for part in parts:
        said = part.encode()
        digest.update(b"%d:" % len(said) + said)
    return digest.digest()
