"""Everything that was said about a pair, for people: comment, reasons, labels, and who said it when.

Trainers do not read it, so it may hold what would be in their way: missing values, and judgements without a row there.
It stands in a folder of its own, since loaders take what they find beside a trainer's file for more of the same.
"""

from typing import Any

from labeling.comparisons.models import Judgement

AS_THEY_ARE = (
    *("degree", "chosen_safe", "rejected_safe", "chosen_false_refusal", "rejected_false_refusal"),
    *("chosen_reasons", "rejected_reasons", "cannot_reason", "comment", "active_seconds"),
)
ABOUT_PROMPT = ("language", "language_from", "risk", "attack", "keystrokes", "typed_chars", "pasted_chars")
"""Of the last message of the prompt, as `Turn` has them: empty or null where nobody said or counted."""


def said(judgement: Judgement, excluded: str | None, first_better: float | None) -> dict[str, Any]:
    """One row. `judgement` stays the same for every revision of it, `annotator` is a pseudonym, times are UTC.

    Nothing is chosen, rejected or of any degree where the pair could not be judged. A response ended with "stop" by
    itself, with "length" at the limit of tokens, and with "stopped" where its author had read enough. `chosen_better`
    is how probably the chosen response is the better one, by the annotator model, from what everybody said of the pair;
    `first_better` is the same of its first response.
    """
    assignment = judgement.assignment
    turn = assignment.comparison.turn
    return {
        "judgement": str(assignment.pk),
        "revision": judgement.revision,
        "round": assignment.comparison.round.number,
        "annotator": assignment.person.pseudonym,
        "judged_at": judgement.created_at.isoformat(timespec="seconds"),
        "prompt": assignment.comparison.context,
        "about_prompt": turn and {name: getattr(turn, name) for name in ABOUT_PROMPT},
        "chosen": judgement.chosen and judgement.chosen.text,
        "rejected": judgement.rejected and judgement.rejected.text,
        "chosen_ended": judgement.chosen and judgement.chosen.finish_reason,
        "rejected_ended": judgement.rejected and judgement.rejected.finish_reason,
        **{name: getattr(judgement, name) for name in AS_THEY_ARE},
        "chosen_better": chosen_better(judgement, first_better),
        "excluded": excluded,
    }


def chosen_better(judgement: Judgement, first_better: float | None) -> float | None:
    """To four digits, so that the last bits of another machine's arithmetic make no other file."""
    if first_better is None or judgement.chosen_id is None:
        return None
    chose_first = judgement.chosen_id == judgement.assignment.comparison.first_id
    return round(first_better if chose_first else 1 - first_better, 4)
