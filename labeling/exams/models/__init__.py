"""What is asked of people before they work, what they answered, and what they are qualified for."""

from labeling.exams.models.attempt import GRACE, Answer, Attempt, Grade, MustAgree, Sitting, TimeOver
from labeling.exams.models.exam import Exam, Item, Part
from labeling.exams.models.qualification import Grant, Qualification, Requirement

__all__ = [
    "GRACE",
    "Answer",
    "Attempt",
    "Exam",
    "Grade",
    "Grant",
    "Item",
    "MustAgree",
    "Part",
    "Qualification",
    "Requirement",
    "Sitting",
    "TimeOver",
]
