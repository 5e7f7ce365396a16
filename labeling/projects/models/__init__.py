"""What is asked: projects, guidelines, rounds, model versions, prompt sets, enrolment, roles."""

from labeling.projects.models.care import OptIn
from labeling.projects.models.material import (
    Acknowledgement,
    Clarification,
    GuidelineVersion,
    ModelVersion,
    Outdated,
)
from labeling.projects.models.missing import Missing
from labeling.projects.models.project import GATE_LABELS, Axis, Enrolment, Project, Role
from labeling.projects.models.prompts import Duplicates, Prompt, PromptRemoved, PromptSet, same
from labeling.projects.models.round import ChangedMeanwhile, PairPolicyEntry, Round, RoundGuideline, RoundNotReady

__all__ = [
    "GATE_LABELS",
    "Acknowledgement",
    "Axis",
    "ChangedMeanwhile",
    "Clarification",
    "Duplicates",
    "Enrolment",
    "GuidelineVersion",
    "Missing",
    "ModelVersion",
    "OptIn",
    "Outdated",
    "PairPolicyEntry",
    "Project",
    "Prompt",
    "PromptRemoved",
    "PromptSet",
    "Role",
    "Round",
    "RoundGuideline",
    "RoundNotReady",
    "same",
]
