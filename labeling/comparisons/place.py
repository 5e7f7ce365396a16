"""The header of the workbench."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from labeling.comparisons.addresses import in_project, of_key
from labeling.comparisons.models import Report
from labeling.comparisons.workbench import Desk


@dataclass
class Place:
    """Where in the project one is, and how far today's work has come."""

    project: str
    axis_label: str
    round: int | None
    done: int
    quota: int | None
    pace: int | None  # judgements an hour
    list_url: str  # of what this person answered here
    undo_url: str  # their last answer, to be changed; empty where there is none
    undo_pass_url: str  # where they passed on a pair since
    answers: list[Report]  # of managers, that they have not seen
    answers_url: str
    care_url: str
    guidelines_url: str

    @classmethod
    def of(cls, desk: Desk, step: Any) -> "Place":
        return cls(
            project=desk.project.name,
            axis_label=getattr(step, "axis_label", ""),
            round=desk.round.number if desk.round else None,
            done=desk.done_today,
            quota=desk.quota_today,
            pace=desk.pace,
            list_url=in_project("mine", desk.project.slug),
            undo_url=of_key("change", desk.last) if desk.last and not getattr(step, "change", None) else "",
            undo_pass_url=reverse("undo_pass", args=[desk.passed]) if desk.passed else "",
            answers=desk.answers,
            answers_url=in_project("my_reports", desk.project.slug),
            care_url=in_project("care", desk.project.slug),
            guidelines_url=in_project("guidelines", desk.project.slug),
        )
