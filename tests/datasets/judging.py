"""A judgement, as tests of data sets give one."""

import uuid
from typing import Any

from labeling.comparisons.models import Assignment, Verdict


def judge(assignment: Assignment, degree: int = 3, **fields: Any) -> None:
    """That the response on the left is better, and on the safety axis the only safe one."""
    a, b = assignment.sides()
    labels = {"chosen_safe": True, "rejected_safe": False} if assignment.axis == "safety" else {}
    assignment.judge(Verdict(chosen=a, rejected=b, degree=degree, **{**labels, **fields}), uuid.uuid4())
