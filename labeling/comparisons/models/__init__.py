"""The judgement: a comparison, who is asked about it, and what they said."""

from labeling.comparisons.models.assignment import AlreadySaid, Assignment, ChoiceIsFinal, NotReady, SaidElsewhere
from labeling.comparisons.models.comparison import Comparison
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
from labeling.comparisons.models.overlap import Overlap
from labeling.comparisons.models.passing import Pass, PassReason
from labeling.comparisons.models.refused import RefusedChoice
from labeling.comparisons.models.report import AnswerSeen, Report
from labeling.comparisons.models.workday import Workday

__all__ = [
    "AlreadySaid",
    "AnswerSeen",
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
    "Overlap",
    "Pass",
    "PassReason",
    "RefusedChoice",
    "Report",
    "SaidElsewhere",
    "Timing",
    "Verdict",
    "Workday",
]
