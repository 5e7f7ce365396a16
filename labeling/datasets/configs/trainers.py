"""Rows as trainers take them. Each function gives a row for one pair, or None where it is none of theirs. Pure.

The two sides differ in their last message alone, and system prompts are left out: they would tell the sides apart.
"""

from typing import Any

from labeling.datasets.configs.columns import MESSAGES, Columns
from labeling.datasets.row import Message, Pair

IMPLICIT: Columns = {"chosen": MESSAGES, "rejected": MESSAGES}
EXPLICIT: Columns = {"prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES, "axis": "string"}
SAFETY: Columns = {**IMPLICIT, "chosen_safe": "bool", "rejected_safe": "bool"}


def said(text: str) -> Message:
    return {"role": "assistant", "content": text}


def with_margin(row: dict[str, Any], pair: Pair) -> dict[str, Any]:
    if pair.margin is not None:
        row["margin"] = pair.margin
    return row


def helpfulness(pair: Pair) -> dict[str, Any]:
    """TRL's conversational format with an implicit prompt: the whole dialogue on both sides."""
    row = {"chosen": [*pair.context, said(pair.chosen)], "rejected": [*pair.context, said(pair.rejected)]}
    return with_margin(row, pair)


def safety(pair: Pair) -> dict[str, Any]:
    """The same with both labels, for a loss that has a term for them (Llama 2, section 3.2.2)."""
    row = {
        "chosen": [*pair.context, said(pair.chosen)],
        "rejected": [*pair.context, said(pair.rejected)],
        "chosen_safe": pair.chosen_safe,
        "rejected_safe": pair.rejected_safe,
    }
    return with_margin(row, pair)


def explicit(pair: Pair) -> dict[str, Any]:
    """The prompt by itself, then one message on each side: all three are lists, for TRL tells the kind of a row by
    any one of them."""
    chosen, rejected = [said(pair.chosen)], [said(pair.rejected)]
    return {"prompt": pair.context, "chosen": chosen, "rejected": rejected, "axis": pair.axis}


def dpo(pair: Pair) -> dict[str, Any] | None:
    """A policy is never taught to say what is unsafe, even where it is the better of two."""
    return None if pair.unsafe else explicit(pair)


def openrlhf(pair: Pair) -> dict[str, Any]:
    """OpenRLHF with its prompt key `prompt` and the chat template applied."""
    return with_margin(explicit(pair), pair)
