"""Why a judgement of a snapshot is in no trainer's file. Pure.

The reasons are looked at in this order, and the first that holds counts. Conditions are SQL over the names that
membership.py gives: one place says what a reason is, for one judgement as for a million.
"""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    WITHDRAWN = "withdrawn"  # its person has taken back what they agreed to
    REJECTED = "rejected"  # a reviewer has sent it back
    UNQUALIFIED = "unqualified"  # its person lacks what the axis asks for, now, and did when they judged
    PAUSED_FOR_CAUSE = "paused_for_cause"  # for as long as its person's cause is not settled
    GOLD = "gold"  # the answer was known
    REPEAT = "repeat"  # its person has judged the pair before
    ADJUDICATION = "adjudication"  # a last word, where those are not asked for, or that was taken back
    SURPLUS = "surplus"  # nobody had asked for so many
    RETIRED = "retired"  # two people could not judge the pair
    CANNOT_BE_JUDGED = "cannot_be_judged"
    SPLIT_MAJORITY = "split_majority"  # as many of the others chose the other response
    IDENTICAL_RESPONSES = "identical_responses"
    UNSAFE_CHOSEN = "unsafe_chosen"  # of `dpo` alone: in all other files it is
    TOO_LONG = "too_long"
    NO_DEGREE = "no_degree"  # of files with margins alone: judged elsewhere, where nobody said how clearly


OWN: Mapping[Reason, str] = {
    Reason.WITHDRAWN: "withdrawn.until > judgement.created_at",
    Reason.REJECTED: "reviewed.decision = 'rejected'",
    Reason.UNQUALIFIED: "lacking.person_id IS NOT NULL AND {unqualified}",
    Reason.PAUSED_FOR_CAUSE: "paused.person_id IS NOT NULL",
    Reason.GOLD: "assignment.kind = 'gold'",
    Reason.REPEAT: "assignment.kind = 'repeat'",
    Reason.ADJUDICATION: """assignment.kind = 'adjudication'
        AND (assignment.taken_back_at IS NOT NULL OR NOT %(last_words)s)""",
    Reason.SURPLUS: "assignment.slot IS NULL AND assignment.kind <> 'adjudication'",
    Reason.RETIRED: "comparison.retired_at IS NOT NULL",
    Reason.CANNOT_BE_JUDGED: "judgement.outcome = 'cannot'",
}
"""What a judgement is excluded for whatever is said beside it."""

TOGETHER: Mapping[Reason, str] = {
    Reason.SPLIT_MAJORITY: "{is_split}",
    Reason.IDENTICAL_RESPONSES: "identical",
    Reason.TOO_LONG: "chars > %(max_chars)s OR tokens > %(max_tokens)s",
}
"""What it is excluded for once it is known who else counts."""


def first_of(reasons: Mapping[Reason, str], otherwise: str) -> str:
    """An expression that names the first reason that holds."""
    cases = (f"WHEN {condition} THEN '{reason}'" for reason, condition in reasons.items())
    return f"CASE {' '.join(cases)} ELSE {otherwise} END"


def in_order(counted: Mapping[str, int]) -> dict[str, int]:
    """Every reason with its number, and none that is unknown."""
    return {reason.value: counted.get(reason, 0) for reason in Reason}
