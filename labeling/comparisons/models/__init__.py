"""The judgement: a comparison, who is asked about it, and what they said."""

from labeling.comparisons.models.comparison import (
    AlreadySaid,
    Assignment,
    ChoiceIsFinal,
    Comparison,
    NotReady,
)
from labeling.comparisons.models.judgement import Degree, Judgement, Timing, Verdict

__all__ = [
    "AlreadySaid",
    "Assignment",
    "ChoiceIsFinal",
    "Comparison",
    "Degree",
    "Judgement",
    "NotReady",
    "Timing",
    "Verdict",
]
