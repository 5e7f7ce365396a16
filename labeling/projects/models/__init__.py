"""What is asked: projects, guidelines, rounds, model versions, prompt sets, enrolment, roles."""

from labeling.projects.models.material import (
    Acknowledgement,
    GuidelineVersion,
    ModelVersion,
    Prompt,
    PromptSet,
)
from labeling.projects.models.project import Axis, Enrolment, Project, Role
from labeling.projects.models.round import PairPolicyEntry, Round, RoundGuideline, RoundNotReady

__all__ = [
    "Acknowledgement",
    "Axis",
    "Enrolment",
    "GuidelineVersion",
    "ModelVersion",
    "PairPolicyEntry",
    "Project",
    "Prompt",
    "PromptSet",
    "Role",
    "Round",
    "RoundGuideline",
    "RoundNotReady",
]
