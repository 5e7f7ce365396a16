"""Every judgement, those in no trainer's file included, with all that is known of it and of both responses. Pure.

Nothing is lost here but what was withdrawn. Loaders that want one kind of a value get it: what nobody said is null or
empty, never absent.
"""

from typing import Any

from labeling.datasets.configs.columns import MESSAGES, Columns
from labeling.datasets.row import Told

COMPLETION: Columns = {
    **{"id": "string", "text": "string", "model": "string", "model_sha256": "string", "system_prompt": "string"},
    **{"seed": "int64", "temperature": "float64", "top_p": "float64", "draw_probability": "float64"},
    **{"prompt_tokens": "int32", "completion_tokens": "int32", "ended": "string"},
}
PLACE: Columns = {
    **{"judgement": "string", "revision": "int32", "comparison": "string", "axis": "string", "kind": "string"},
    **{"split": "string", "excluded": "string", "round": "int32", "guideline": "int32"},
    **{"annotator": "string", "cohorts": ["string"], "judged_at": "timestamp[s]"},
}
PROMPT: Columns = {
    **{"dialogue": "string", "turn": "int32", "root": "string", "prompt": MESSAGES},
    **{"language": "string", "language_from": "string", "risk": "string", "attack": "string"},
    **{"keystrokes": "int32", "typed_chars": "int32", "pasted_chars": "int32"},
}
SAID: Columns = {
    **{"first_side": "string", "outcome": "string", "chosen": "string", "degree": "int8"},
    **{"first_safe": "bool", "second_safe": "bool"},
    **{"first_false_refusal": "bool", "second_false_refusal": "bool"},
    **{"first_reasons": ["string"], "second_reasons": ["string"], "cannot_reason": "string", "comment": "string"},
    **{"active_seconds": "float64", "elapsed_seconds": "float64", "first_better": "float64"},
}
COLUMNS: Columns = {**PLACE, **PROMPT, "first": COMPLETION, "second": COMPLETION, **SAID}


def judgement(told: Told) -> dict[str, Any]:
    """`degree` is signed: −4 … −1 prefers `first`, 1 … 4 `second`; null where the pair could not be judged, and where
    whoever judged it elsewhere said none. `chosen` is "first" or "second". Times are UTC, and no text: loaders take
    what looks like a time for one, and would write it in their own way."""
    return {**told.own, "first": told.first._asdict(), "second": told.second._asdict()}
