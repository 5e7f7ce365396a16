"""The judgement: a comparison, who is asked about it, and what they said."""

from labeling.comparisons.models.comparison import (
    AlreadySaid,
    Assignment,
    ChoiceIsFinal,
    Comparison,
    NotReady,
)
from labeling.comparisons.models.draft import Draft
from labeling.comparisons.models.judgement import (
    CannotBeJudged,
    CannotReason,
    Degree,
    Judgement,
    Outcome,
    Timing,
    Verdict,
)

__all__ = [
    "AlreadySaid",
    "Assignment",
    "CannotBeJudged",
    "CannotReason",
    "ChoiceIsFinal",
    "Comparison",
    "Degree",
    "Draft",
    "Judgement",
    "NotReady",
    "Outcome",
    "Timing",
    "Verdict",
]
