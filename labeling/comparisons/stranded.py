"""Pairs that want another person, where nobody is left who may be given them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection

from labeling.projects.models import Project

LOOKED_AT = 10_000  # pairs of an axis, the oldest: they are given out in that order, so those that stay are there
FEW = 200  # of them, where it is one line of a page among others
MOST = 1_000  # that are counted
STRANDED = """
WITH asked AS (
    SELECT round.id AS round_id, project.id AS project_id, project.axes
    FROM projects_round round JOIN projects_project project ON project.id = round.project_id
    WHERE project.id = ANY(%(projects)s::bigint[]) AND round.state = 'open'
), enrolled AS (
    SELECT asked.project_id, enrolment.axis, membership.person_id, cohort.languages || person.language AS languages,
        cohort.languages = '{}' AS reads_all, membership.paused_at IS NULL AND person.is_active AS works
    FROM asked
    JOIN projects_enrolment enrolment ON enrolment.project_id = asked.project_id
    JOIN cohorts_cohort cohort ON cohort.id = enrolment.cohort_id
    JOIN cohorts_membership membership ON membership.cohort_id = cohort.id AND membership.left_at IS NULL
    JOIN cohorts_person person ON person.id = membership.person_id
), reads AS (
    SELECT project_id, person_id, bool_or(reads_all) AS all_of_them,
        array_agg(DISTINCT split_part(tag, '-', 1)) AS languages
    FROM enrolled CROSS JOIN unnest(languages) tag
    GROUP BY project_id, person_id
), working AS (
    SELECT DISTINCT project_id, axis, person_id FROM enrolled WHERE works
), may AS MATERIALIZED (
    SELECT working.axis, reads.*
    FROM asked JOIN working USING (project_id) JOIN reads USING (project_id, person_id)
    WHERE exams_lacking(working.person_id, asked.project_id, working.axis, asked.round_id) IS NULL
), oldest AS MATERIALIZED (
    SELECT asked.project_id, overlap.comparison_id, on_axis.axis
    FROM asked CROSS JOIN unnest(asked.axes) on_axis(axis) CROSS JOIN LATERAL (
        SELECT comparison_id
        FROM comparisons_overlap
        WHERE round_id = asked.round_id AND axis = on_axis.axis AND free <> '{}'
        ORDER BY id LIMIT %(looked_at)s
    ) overlap
), stranded AS (
    SELECT asked.project_id, left_over.comparison_id
    FROM asked CROSS JOIN LATERAL (
        SELECT oldest.comparison_id
        FROM oldest
        JOIN comparisons_comparison compared ON compared.id = oldest.comparison_id
        LEFT JOIN dialogues_turn turn ON turn.id = compared.turn_id
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(person_id), '{}') AS people
            FROM comparisons_assignment
            WHERE comparison_id = oldest.comparison_id
        ) seen
        WHERE oldest.project_id = asked.project_id AND NOT EXISTS (
            SELECT FROM may
            WHERE may.project_id = oldest.project_id AND may.axis = oldest.axis
                AND may.person_id <> ALL(seen.people) AND (
                    may.all_of_them OR coalesce(turn.language, compared.language) = ''
                    OR split_part(coalesce(turn.language, compared.language), '-', 1) = ANY(may.languages)
                )
        )
        LIMIT %(most)s
    ) left_over
)
SELECT project_id, count(DISTINCT comparison_id), count(*) = %(most)s OR EXISTS (
    SELECT FROM oldest WHERE oldest.project_id = stranded.project_id GROUP BY axis HAVING count(*) = %(looked_at)s
)
FROM stranded GROUP BY project_id
"""
"""Who is given a pair is said by `leases.CLAIM` and `leases.languages_of`, and who works by the desk. Whoever has had
enough for the day is left all the same: they are given it tomorrow."""


@dataclass
class Stranded:
    """How many pairs of the round that is open; `more` where there may be more of them than were counted."""

    pairs: int
    more: bool

    @classmethod
    def of(cls, project: Project, looked_at: int | None = None) -> Self:
        """By the oldest pairs, so many of each axis."""
        return cls.of_all([project], looked_at or LOOKED_AT).get(project.pk, cls(0, more=False))

    @classmethod
    def of_all(cls, projects: Iterable[Project], looked_at: int) -> dict[int, Self]:
        """By project, where there are any."""
        asked: dict[str, Any] = {"projects": [project.pk for project in projects], "looked_at": looked_at, "most": MOST}
        with connection.cursor() as cursor:
            cursor.execute(STRANDED, asked)
            return {project: cls(pairs, more) for project, pairs, more in cursor}
