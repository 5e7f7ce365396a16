"""What is watched, and what its changes are called. To watch a model, add a line here; migrating does the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Said = Promise | str
SET = object()  # any value where there was none


@dataclass(frozen=True)
class Kind:
    """`model` as app.Model, and what people call one of it.

    `together` is a column: rows that one statement adds or removes with the same value in it are one event, with their
    number. Of the columns, `only` those are kept, or all but those `without`; nothing that looks like a secret ever is.
    `words` say in one word what it means that a column has got a value, or that it has lost the one it had (None).
    """

    model: str
    name: Said
    together: str = ""
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    words: Mapping[tuple[str, Any], Said] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.model.lower()

    def arguments(self) -> tuple[str, ...]:
        """Of audit_note, see the migrations."""
        return self.key, self.together, ",".join(self.only), ",".join(self.without)


WATCHED = [
    Kind(
        "cohorts.Person",
        _("Account"),
        only=("email", "name", "is_active", "is_staff", "is_superuser"),
        words={
            ("is_active", False): _("Account closed"),
            ("is_active", True): _("Account opened again"),
            ("is_staff", True): _("Made staff"),
            ("is_staff", False): _("No longer staff"),
        },
    ),
    Kind(
        "cohorts.SignInLink",
        _("Sign-in link"),
        only=("expires_at", "used_at"),
        words={("used_at", SET): _("Sign-in link used")},
    ),
    Kind("cohorts.Cohort", _("Cohort")),
    Kind(
        "cohorts.Membership",
        _("Member of a cohort"),
        words={("left_at", SET): _("Left a cohort"), ("left_at", None): _("Back in a cohort")},
    ),
    Kind("cohorts.Pause", _("Pause"), words={("ended_at", SET): _("Pause ended")}),
    Kind(
        "projects.Project",
        _("Project"),
        words={("stopped_at", SET): _("Project stopped"), ("stopped_at", None): _("Project resumed")},
    ),
    Kind("projects.Role", _("Role")),
    Kind("projects.Enrolment", _("Enrolment")),
    Kind("projects.GuidelineVersion", _("Guideline version"), without=("text",)),
    Kind("projects.Clarification", _("Clarification of a guideline"), without=("text",)),
    Kind(
        "projects.Round",
        _("Round"),
        words={
            ("state", "open"): _("Round opened"),
            ("state", "review"): _("Round put in review"),
            ("state", "closed"): _("Round closed"),
        },
    ),
    Kind("projects.RoundGuideline", _("Guideline of a round")),
    Kind("projects.PairPolicyEntry", _("Model in a pair policy")),
    Kind(
        "projects.ModelVersion",
        _("Model version"),
        words={("checked_at", SET): _("Model version passed its check")},
    ),
    Kind("projects.PromptSet", _("Prompt set")),
    Kind("projects.Prompt", _("Prompts"), together="prompt_set_id", without=("text",)),
    Kind(
        "exams.Exam",
        _("Exam"),
        without=("source", "instructions"),
        words={("published_at", SET): _("Exam published"), ("retired_at", SET): _("Exam retired")},
    ),
    Kind("exams.Exam_cohorts", _("Exam of a cohort")),
    Kind("exams.Part", _("Part of an exam"), without=("instructions",)),
    Kind(
        "exams.Item",
        _("Items of an exam"),
        together="part_id",
        without=("question", "options", "first", "second", "rubric", "why"),
    ),
    Kind("exams.Grade", _("Grade"), without=("remark",)),
    Kind("exams.Qualification", _("Qualification")),
    Kind("exams.Grant", _("Qualification of a person"), words={("ended_at", SET): _("Qualification taken back")}),
    Kind("exams.Requirement", _("Qualification that a project asks for")),
]
KINDS = {kind.key: kind for kind in WATCHED}
KINDS["datasets.export"] = Kind("datasets.export", _("Data set"), words={})
