"""The last word on a pair on which people differ still, when everybody was asked who is to be."""

import uuid
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, overlapping
from labeling.comparisons.models import Assignment, Comparison, Judgement, Outcome, Timing
from labeling.comparisons.models.judgement import Said
from labeling.projects.models import Axis, Project
from labeling.quality import gold
from labeling.quality.models import GoldAnswer

FEW = 200  # read at once
WAITING = """
SELECT overlap.comparison_id, overlap.axis
FROM comparisons_overlap overlap
JOIN projects_round round ON round.id = overlap.round_id
JOIN comparisons_comparison comparison ON comparison.id = overlap.comparison_id
WHERE round.project_id = %(project)s AND round.state IN ('open', 'review') AND comparison.retired_at IS NULL
    AND overlap.free = '{}' AND overlap.wanted = overlap.most
    AND (%(comparison)s::uuid IS NULL OR overlap.comparison_id = %(comparison)s AND overlap.axis = %(axis)s)
    AND NOT EXISTS (
        SELECT FROM comparisons_assignment other
        WHERE other.comparison_id = overlap.comparison_id AND (
            other.person_id = %(person)s AND other.kind <> 'adjudication'
            OR other.axis = overlap.axis AND other.kind = 'adjudication' AND other.taken_back_at IS NULL
            OR other.axis = overlap.axis AND other.slot IS NOT NULL AND other.done_at IS NULL
        )
    )
    AND (
        SELECT 2 * max(votes) <= sum(votes)
        FROM (
            SELECT count(*) AS votes
            FROM comparisons_assignment said
            JOIN comparisons_judgement judgement ON judgement.id = said.judgement_id
            WHERE said.comparison_id = overlap.comparison_id AND said.axis = overlap.axis
                AND said.slot IS NOT NULL AND judgement.outcome = 'judged'
            GROUP BY judgement.chosen_id
        ) choices
    )
ORDER BY overlap.id LIMIT %(few)s
"""
"""Pairs of which no response has more than half of the votes, as `overlapping.is_split` says it, and of which this
person has judged nothing."""


class Settled(Exception):
    """Somebody has said the last word meanwhile, or it is not wanted of this person."""


def waiting(project: Project, person: Person, only: tuple[uuid.UUID, str] | None = None) -> list[tuple[uuid.UUID, str]]:
    """The oldest first: each with its axis."""
    comparison, axis = only or (None, "")
    asked = {"project": project.pk, "person": person.pk, "comparison": comparison, "axis": axis, "few": FEW}
    with connection.cursor() as cursor:
        cursor.execute(WAITING, asked)
        return [(found, said) for found, said in cursor.fetchall()]


def asked_of(person: Person, comparison: Comparison, axis: Axis) -> Assignment:
    """Not saved. The sides are the same however often the page is loaded, and nobody can choose them."""
    guideline = comparison.round.guidelines.get(axis=axis)
    drawn = sha256(f"{comparison.pk} {person.pk}".encode()).digest()[0]
    kind = Assignment.Kind.ADJUDICATION
    terms = {"slot": None, "swapped": bool(drawn % 2), "guideline": guideline}
    return Assignment(comparison=comparison, person=person, axis=axis, kind=kind, **terms)


@transaction.atomic
def adjudicate(assignment: Assignment, said: Said, key: uuid.UUID, timing: Timing | None = None) -> Judgement:
    """What others said stays as it is; that the pair cannot be judged retires it. Raises Settled, and what
    `Assignment.judge` raises."""
    comparison = assignment.comparison
    place = (comparison.pk, str(assignment.axis))
    at_once.hold_in(comparison.round, assignment.person)
    overlapping.hold(comparison)
    if not waiting(comparison.project, assignment.person, place):
        raise Settled
    assignment.save(force_insert=True)
    word = assignment.judge(said, key, timing)
    if word.outcome == Outcome.CANNOT:
        overlapping.retire(comparison)
    return word


@transaction.atomic
def take_back(assignment: Assignment) -> None:
    """The pair waits for a last word again, of whomever. What was said is kept, and what was made certain with it is so
    no more. Raises Settled where it stands no more, or its round takes none."""
    if not assignment.hold() or not _unsay(assignment):
        raise Settled
    place = {"comparison": assignment.comparison_id, "axis": assignment.axis}
    certain = GoldAnswer.objects.standing().filter(**place, origin=GoldAnswer.Origin.ADJUDICATED)
    for answer in certain.filter(made_by=assignment.person):
        gold.retire(answer, assignment.person, _("The last word on it was taken back."))


@transaction.atomic
def withdraw(person: Person, **_: Any) -> None:
    """Receives `withdrew`: none of their last words stands any more."""
    words = last_words().filter(assignment__person=person).order_by("assignment__comparison")
    for said in words.select_related("assignment__comparison"):
        _unsay(said.assignment)


def last_words() -> QuerySet[Judgement]:
    """What stands as adjudicated: of a comparison, on an axis, one at most, be it a verdict or that the pair cannot be
    judged. It goes before all that others said of it."""
    standing = {"assignment__kind": Assignment.Kind.ADJUDICATION, "assignment__taken_back_at": None}
    return Judgement.objects.filter(**standing, assignment__judgement=F("pk"))


def said_so_far(assignment: Assignment) -> QuerySet[Judgement]:
    """By those whose answers count, in an order that tells nothing about them: keys are random."""
    counted = assignment.comparison.assignments.filter(axis=assignment.axis).counted()
    return Judgement.objects.filter(pk__in=counted.values("judgement")).order_by("assignment_id")


def _unsay(assignment: Assignment) -> bool:
    """True for one caller."""
    word = Assignment.objects.filter(pk=assignment.pk, taken_back_at=None, kind=Assignment.Kind.ADJUDICATION)
    if not word.update(taken_back_at=timezone.now()):
        return False
    if assignment.judgement and assignment.judgement.outcome == Outcome.CANNOT:
        overlapping.ask_again(assignment.comparison)
    return True
