"""Comparisons that could have a known answer: who says so, and of which somebody has said that it is not certain.

Nothing becomes known by itself: a reviewer reads each first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Degree, Judgement
from labeling.projects.models import Axis, Project
from labeling.quality.adjudicating import last_words
from labeling.quality.models import GoldAnswer, Likely, NotProposed

SHOWN = 10  # of a page
AGREE = 3  # people, of whom nobody differs
CLEAR = Degree.BETTER  # what is chosen by less is no answer that everybody would find

AGREED = """
SELECT agreed.judgement
FROM comparisons_overlap overlap
JOIN projects_round round ON round.id = overlap.round_id AND round.project_id = %(project)s
JOIN comparisons_comparison comparison ON comparison.id = overlap.comparison_id AND comparison.retired_at IS NULL
CROSS JOIN LATERAL (
    SELECT max(said.id) AS judgement
    FROM comparisons_assignment assignment JOIN comparisons_judgement said ON said.id = assignment.judgement_id
    WHERE assignment.comparison_id = overlap.comparison_id AND assignment.axis = overlap.axis
        AND assignment.kind IN ('author', 'overlap', 'rework') AND assignment.slot IS NOT NULL
    HAVING count(*) >= %(agree)s AND count(DISTINCT coalesce(said.chosen_id, gen_random_uuid())) = 1
        AND min(said.degree) >= %(clear)s
        AND count(DISTINCT (said.chosen_safe, said.rejected_safe)) = 1
) agreed
WHERE overlap.axis = %(axis)s AND overlap.free = '{}' AND overlap.wanted >= %(agree)s
    AND (%(only)s::uuid IS NULL OR overlap.comparison_id = %(only)s)
    AND agreed.judgement IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM quality_goldanswer before
        WHERE before.comparison_id = overlap.comparison_id AND before.axis = overlap.axis
    ) AND NOT EXISTS (
        SELECT FROM quality_notproposed closed
        WHERE closed.comparison_id = overlap.comparison_id AND closed.axis = overlap.axis
    )
ORDER BY overlap.id DESC LIMIT %(most)s
"""
"""The newest whose judgements agree in all, by much; the last one of each."""


@dataclass(frozen=True)
class Proposal:
    """What is judged as the answer would be. `sure` is what the annotator model says, where it is what proposes it."""

    judgement: Judgement
    origin: GoldAnswer.Origin
    sure: float | None = None


def proposed(project: Project, axis: Axis) -> list[Proposal]:
    """Each comparison once, by the best that speaks for it. What was known before, or is not wanted, is not there."""
    found: dict[UUID, Proposal] = {}
    for one in every(project, axis):
        found.setdefault(one.judgement.assignment.comparison_id, one)
    return list(islice(found.values(), SHOWN))


def every(project: Project, axis: Axis, only: UUID | None = None) -> Iterator[Proposal]:
    """Last words, what everybody agrees on, and what the annotator model is nearly certain of; of one comparison where
    `only` that is asked about."""
    for judgement in read(adjudicated(project, axis, only)):
        yield Proposal(judgement, GoldAnswer.Origin.ADJUDICATED)
    for judgement in read(Judgement.objects.filter(pk__in=agreed(project, axis, only))):
        yield Proposal(judgement, GoldAnswer.Origin.AGREED)
    yield from likely(project, axis, only)


def read(judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    return judgements.select_related("assignment__comparison", "chosen").order_by("-pk")[:SHOWN]


def adjudicated(project: Project, axis: Axis, only: UUID | None) -> QuerySet[Judgement]:
    place: dict[str, Any] = {"assignment__comparison": only} if only else {"assignment__comparison__project": project}
    clear = last_words().filter(**place, axis=axis, degree__gte=CLEAR, assignment__comparison__retired_at=None)
    return clear.exclude(decided("assignment__comparison"))


def agreed(project: Project, axis: Axis, only: UUID | None) -> list[int]:
    terms: dict[str, Any] = {"project": project.pk, "axis": axis, "agree": AGREE, "clear": int(CLEAR), "most": SHOWN}
    with connection.cursor() as cursor:
        cursor.execute(AGREED, {**terms, "only": only})
        return [key for (key,) in cursor]


def likely(project: Project, axis: Axis, only: UUID | None) -> Iterator[Proposal]:
    """Each with the clearest judgement that says the same."""
    rows = Likely.objects.filter(project=project, axis=axis, comparison__retired_at=None)
    rows = rows.exclude(decided("comparison")).select_related("comparison").order_by("-sure", "pk")
    for row in (rows.filter(comparison=only) if only else rows)[:SHOWN]:
        pair = row.comparison
        chosen = pair.first_id if row.first else pair.second_id
        counted = Assignment.objects.counted().filter(comparison=pair, axis=axis).values("judgement")
        same = Judgement.objects.filter(pk__in=counted, chosen=chosen).select_related("assignment__comparison")
        if judgement := same.order_by("-degree", "-pk").first():
            yield Proposal(judgement, GoldAnswer.Origin.LIKELY, row.sure)


def decided(comparison: str) -> Q:
    """About the comparison and axis of an outer query."""
    place = {"comparison": OuterRef(comparison), "axis": OuterRef("axis")}
    return Q(Exists(GoldAnswer.objects.filter(**place))) | Q(Exists(NotProposed.objects.filter(**place)))


def origin_of(judgement: Judgement) -> GoldAnswer.Origin:
    """Who says so beside whoever makes it certain."""
    pair = judgement.assignment.comparison
    for one in every(pair.project, Axis(judgement.axis), pair.pk):
        if one.judgement.chosen_id == judgement.chosen_id:
            return one.origin
    return GoldAnswer.Origin.READ


def dismiss(judgement: Judgement, by: Person) -> None:
    """Its comparison is proposed no more. Twice is once."""
    pair = judgement.assignment.comparison
    NotProposed.objects.get_or_create(
        comparison=pair, axis=judgement.axis, defaults={"by": by, "project_id": pair.project_id}
    )
