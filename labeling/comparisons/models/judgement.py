"""What a person said about a pair: one revision after the other."""

import uuid
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.comparisons.models.holding import TAKES_WORK
from labeling.dialogues.models import Completion
from labeling.postgresql.statements import Statement
from labeling.projects.models import Axis


class Degree(models.IntegerChoices):
    """By how much the chosen response is better: Llama 2's four degrees (arXiv 2307.09288, section 3.2.1)."""

    NEGLIGIBLY = 1, _("barely or unsure")
    SLIGHTLY = 2, _("slightly")
    BETTER = 3, _("better")
    SIGNIFICANTLY = 4, _("significantly")


class Outcome(models.TextChoices):
    JUDGED = "judged", _("judged")
    CANNOT = "cannot", _("cannot be judged")


class CannotReason(models.TextChoices):
    """Why a pair cannot be judged, in the words of whoever says so."""

    UNUSABLE = "unusable", _("Both responses are unusable")
    SUBJECT = "subject", _("I do not understand the subject")
    PROMPT = "prompt", _("The prompt makes no sense, or I do not read its language")
    UPSETTING = "upsetting", _("It shows personal data, or something upsetting")
    OTHER = "other", _("Something else")


@dataclass(frozen=True)
class Verdict:
    """What a person said about a pair. On the helpfulness axis both safety labels are None."""

    outcome: ClassVar = Outcome.JUDGED

    chosen: Completion
    rejected: Completion
    degree: int
    chosen_safe: bool | None = None
    rejected_safe: bool | None = None
    chosen_false_refusal: bool = False
    rejected_false_refusal: bool = False
    chosen_reasons: list[str] = field(default_factory=list)
    rejected_reasons: list[str] = field(default_factory=list)
    comment: str = ""

    @property
    def chosen_id(self) -> uuid.UUID | None:
        return self.chosen.pk


@dataclass(frozen=True)
class CannotBeJudged:
    """That a person cannot judge a pair, on any axis. The reason "other" needs a comment."""

    outcome: ClassVar = Outcome.CANNOT
    chosen_id: ClassVar = None

    cannot_reason: str
    comment: str = ""


Said = Verdict | CannotBeJudged


@dataclass(frozen=True)
class Timing:
    """Seconds the page was open, and those of them in which it was visible and somebody moved."""

    active: float | None = None
    elapsed: float | None = None


class Judgement(models.Model):
    """One revision of what a person said. Rows are only ever added; a trigger sees to it."""

    assignment = models.ForeignKey("Assignment", on_delete=models.PROTECT, db_index=False, related_name="revisions")
    revision = models.PositiveSmallIntegerField()
    axis = models.CharField(max_length=20, choices=Axis, help_text="the assignment's, for the constraints")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.JUDGED)
    cannot_reason = models.CharField(max_length=20, choices=CannotReason, blank=True)
    chosen = models.ForeignKey(Completion, on_delete=models.PROTECT, null=True, related_name="+")
    rejected = models.ForeignKey(Completion, on_delete=models.PROTECT, null=True, related_name="+")
    degree = models.PositiveSmallIntegerField(choices=Degree, null=True)
    chosen_safe = models.BooleanField(null=True)
    rejected_safe = models.BooleanField(null=True)
    chosen_false_refusal = models.BooleanField(default=False)
    rejected_false_refusal = models.BooleanField(default=False)
    chosen_reasons = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    rejected_reasons = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    comment = models.TextField(blank=True)
    active_seconds = models.FloatField(null=True)
    elapsed_seconds = models.FloatField(null=True)
    key = models.UUIDField(help_text="sent by the page, the same for every repetition of one submit")
    created_at = models.DateTimeField(default=timezone.now)
    imported = models.BooleanField(
        default=False, db_default=False, help_text="said elsewhere, where degree and labels may not have been asked for"
    )

    is_new = False  # appended just now, and not what a repeated submit stands for

    class Meta:
        ordering = ["assignment", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "revision"], name="one_judgement_a_revision"),
            models.UniqueConstraint(fields=["assignment", "key"], name="one_judgement_a_key"),
            models.CheckConstraint(condition=~Q(chosen=F("rejected")), name="chosen_differs"),
            models.CheckConstraint(
                condition=Q(outcome="cannot", chosen=None, rejected=None, degree=None)
                | Q(outcome="judged", chosen__isnull=False, rejected__isnull=False)
                & (Q(degree__isnull=False, degree__in=Degree.values) | Q(imported=True, degree=None)),
                name="judged_means_chosen",
            ),
            models.CheckConstraint(
                condition=Q(outcome="cannot", cannot_reason__in=CannotReason.values)
                | Q(outcome="judged", cannot_reason=""),
                name="cannot_means_reason",
            ),
            models.CheckConstraint(condition=~Q(cannot_reason="other", comment=""), name="other_reason_is_told"),
            models.CheckConstraint(
                condition=~Q(axis="safety", outcome="judged")
                | Q(imported=True)
                | Q(chosen_safe__isnull=False, rejected_safe__isnull=False),
                name="safety_is_labelled",
            ),
            models.CheckConstraint(
                condition=Q(axis="safety") | Q(chosen_safe=None, rejected_safe=None),
                name="labels_belong_to_safety",
            ),
            models.CheckConstraint(condition=~Q(chosen_safe=False, rejected_safe=True), name="unsafe_never_over_safe"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment}, revision {self.revision}"

    def append(self, last: bool = False, *, overlapped: bool = False) -> bool:
        """Written as the current one of its assignment, which is held, and counted if it is the first. With the `last`
        turn its author's dialogue ends, if nothing of it is left to judge. One that is `overlapped` asks others too.
        False where the round takes no work any more, so that it must not stay."""
        fields = self._meta.concrete_fields[1:]
        values = {
            str(field.column): field.get_db_prep_save(getattr(self, field.attname), connection) for field in fields
        }
        [[self.pk, takes_work]] = appending(last, overlapped).rows({**values, "today": timezone.localdate()})
        self._state.adding, self.is_new = False, True
        return takes_work

    def said(self) -> Said:
        kind = CannotBeJudged if self.outcome == Outcome.CANNOT else Verdict
        return kind(**{field.name: getattr(self, field.name) for field in dataclass_fields(kind)})

    def verdict(self) -> Verdict | None:
        """What was said; None where the pair could not be judged."""
        said = self.said()
        return said if isinstance(said, Verdict) else None


ENDED = """
        ), ended AS (
            UPDATE dialogues_dialogue dialogue SET ended_at = appended.created_at
            FROM appended, assignment, dialogues_turn turn
            WHERE turn.id = assignment.turn_id AND dialogue.id = turn.dialogue_id AND dialogue.ended_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM dialogues_turn own
                    WHERE own.dialogue_id = dialogue.id AND (
                        SELECT bool_or(other.kind = 'author' AND other.done_at IS NULL AND other.id <> assignment.id)
                        FROM comparisons_comparison compared
                        JOIN comparisons_assignment other ON other.comparison_id = compared.id
                        WHERE compared.turn_id = own.id
                    )
                )
"""
"""Looked at is the dialogue alone: left to choose, PostgreSQL begins with all that anybody has before them."""


OVERLAPPED = """
        ), overlapped AS (
            INSERT INTO comparisons_overlap (comparison_id, round_id, axis, wanted, most, free)
            SELECT assignment.comparison_id, assignment.round_id, assignment.axis, asked.people,
                asked.people + project.most_extra, ARRAY(SELECT generate_series(1, asked.people - 1))
            FROM assignment
            JOIN projects_project project ON project.id = assignment.project_id
            JOIN LATERAL (
                SELECT max(enrolment.overlap) AS people
                FROM projects_enrolment enrolment
                JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
                WHERE membership.person_id = assignment.person_id AND membership.left_at IS NULL
                    AND enrolment.project_id = project.id AND enrolment.axis = assignment.axis
            ) asked ON asked.people > 1
            ON CONFLICT (comparison_id, axis) DO NOTHING
"""
"""As many people as the most that a cohort of its author asks for."""


@cache
def appending(last: bool, overlapped: bool) -> Statement:
    """Takes every column of a judgement but its key, and the day."""
    columns = [str(field.column) for field in Judgement._meta.concrete_fields[1:]]
    return Statement(f"""
        WITH appended AS (
            INSERT INTO comparisons_judgement ({", ".join(columns)})
            VALUES ({", ".join(f"%({column})s" for column in columns)})
            RETURNING id, created_at, coalesce(active_seconds, 0) AS active
        ), assignment AS (
            SELECT assignment.*, comparison.project_id, comparison.round_id, comparison.turn_id,
                {TAKES_WORK} AS takes_work
            FROM comparisons_assignment assignment
            JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
            JOIN projects_round round ON round.id = comparison.round_id
            JOIN projects_project project ON project.id = comparison.project_id
            WHERE assignment.id = %(assignment_id)s
        ), counted AS (
            INSERT INTO comparisons_workday AS workday (person_id, project_id, axis, day, done, timed, active_seconds)
            SELECT person_id, project_id, axis, %(today)s, 1, (active > 0)::int, active FROM assignment, appended
            WHERE done_at IS NULL
            ON CONFLICT (person_id, project_id, day, axis) DO UPDATE SET done = workday.done + 1,
                timed = workday.timed + EXCLUDED.timed,
                active_seconds = workday.active_seconds + EXCLUDED.active_seconds
        {ENDED if last else ""}{OVERLAPPED if overlapped else ""})
        UPDATE comparisons_assignment SET judgement_id = appended.id,
            done_at = coalesce(assignment.done_at, appended.created_at)
        FROM appended, assignment WHERE comparisons_assignment.id = %(assignment_id)s
        RETURNING appended.id, assignment.takes_work
    """)  # noqa: S608 - names of columns only
