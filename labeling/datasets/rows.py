"""One judgement as one row of a trainer's file, or the reason why it is none. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.datasets.margins import MARGINS

UNCOUNTED = ("gold", "repeat", "adjudication")  # kinds of assignments
EXCLUSIONS = ("withdrawn", *UNCOUNTED, "surplus", "retired", "cannot_be_judged", "identical_responses")
"""Why a judgement gives no row, in the order in which the reasons are looked at; the first that holds counts."""


def uncounted(kind: str, slot: int | None, *, retired: bool) -> str | None:
    """Why a judgement does not count towards what its comparison asks for; None where it does."""
    if kind in UNCOUNTED:
        return kind
    return "surplus" if slot is None else "retired" if retired else None


def exclusion(responses: tuple[str, str] | None) -> str | None:
    """`responses` are the chosen and the rejected text; None where nothing was chosen."""
    if responses is None:
        return "cannot_be_judged"
    chosen, rejected = responses
    return "identical_responses" if chosen.strip() == rejected.strip() else None


def preference(
    context: Sequence[Mapping[str, str]], chosen: str, rejected: str, degree: int, preset: str
) -> dict[str, Any]:
    """TRL's conversational format with an implicit prompt: the whole dialogue on both sides, and the margin.

    {"chosen": [{"role", "content"}, …], "rejected": […], "margin": float}; no "margin" with the preset "none". The two
    lists differ in their last message alone. System prompts are left out: they would tell the two sides apart.
    """
    row: dict[str, Any] = {
        "chosen": [*context, {"role": "assistant", "content": chosen}],
        "rejected": [*context, {"role": "assistant", "content": rejected}],
    }
    if preset in MARGINS:
        row["margin"] = MARGINS[preset][degree]
    return row
