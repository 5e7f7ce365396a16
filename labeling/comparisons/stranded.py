"""Pairs that want another person, where nobody is left who may be given them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection

from labeling.comparisons.models.overlap import language_of
from labeling.projects.models import Project

LOOKED_AT = 10_000  # pairs of an axis and language, the oldest: they are given out in that order, so those stay
FEW = 200  # of them, where it is one line of a page among others
MOST = 1_000  # that are counted
STRANDED = f"""
WITH RECURSIVE asked AS (
    SELECT round.id AS round_id, project.id AS project_id, project.axes
    FROM projects_round round JOIN projects_project project ON project.id = round.project_id
    WHERE project.id = ANY(%(projects)s::bigint[]) AND round.state = 'open'
), enrolled AS (
    SELECT asked.project_id, enrolment.axis, membership.person_id, cohort.languages || person.language AS languages,
        cohort.languages = '{{}}' AS reads_all, membership.paused_at IS NULL AND person.is_active AS works
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
), wanted AS (
    SELECT asked.project_id, asked.round_id, on_axis.axis, source.elsewhere,
        ({language_of("asked.round_id", "on_axis.axis", "source.elsewhere")}) AS language
    FROM asked CROSS JOIN unnest(asked.axes) on_axis(axis) CROSS JOIN (VALUES (false), (true)) source(elsewhere)
    UNION ALL
    SELECT wanted.project_id, wanted.round_id, wanted.axis, wanted.elsewhere,
        ({language_of("wanted.round_id", "wanted.axis", "wanted.elsewhere")} AND overlap.language > wanted.language)
    FROM wanted WHERE wanted.language IS NOT NULL
), oldest AS MATERIALIZED (
    SELECT wanted.*, overlap.comparison_id
    FROM wanted CROSS JOIN LATERAL (
        SELECT overlap.comparison_id
        FROM comparisons_overlap overlap
        WHERE overlap.round_id = wanted.round_id AND overlap.axis = wanted.axis
            AND overlap.elsewhere = wanted.elsewhere AND overlap.free <> '{{}}'
            AND overlap.language BETWEEN wanted.language AND wanted.language
        ORDER BY overlap.language, overlap.id LIMIT %(looked_at)s
    ) overlap
), stranded AS (
    SELECT asked.project_id, left_over.comparison_id
    FROM asked CROSS JOIN LATERAL (
        SELECT oldest.comparison_id
        FROM oldest
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(person_id), '{{}}') AS people
            FROM comparisons_assignment
            WHERE comparison_id = oldest.comparison_id
        ) seen
        WHERE oldest.project_id = asked.project_id AND NOT EXISTS (
            SELECT FROM may
            WHERE may.project_id = oldest.project_id AND may.axis = oldest.axis
                AND may.person_id <> ALL(seen.people)
                AND (may.all_of_them OR oldest.language = '' OR oldest.language = ANY(may.languages))
        )
        LIMIT %(most)s
    ) left_over
)
SELECT project_id, count(DISTINCT comparison_id), count(*) = %(most)s OR EXISTS (
    SELECT FROM oldest WHERE oldest.project_id = stranded.project_id
    GROUP BY axis, elsewhere, language HAVING count(*) = %(looked_at)s
)
FROM stranded GROUP BY project_id
"""  # noqa: S608 - constants only
"""Who is given a pair is said by `leases.CLAIM` and `leases.languages_of`, and who works by the desk. Whoever has had
enough for the day is left all the same: they are given it tomorrow."""


@dataclass
class Stranded:
    """How many pairs of the round that is open; `more` where there may be more of them than were counted."""

    pairs: int
    more: bool

    @classmethod
    def of(cls, project: Project, looked_at: int | None = None) -> Self:
        """By the oldest pairs, so many of each axis and language."""
        return cls.of_all([project], looked_at or LOOKED_AT).get(project.pk, cls(0, more=False))

    @classmethod
    def of_all(cls, projects: Iterable[Project], looked_at: int) -> dict[int, Self]:
        """By project, where there are any."""
        asked: dict[str, Any] = {"projects": [project.pk for project in projects], "looked_at": looked_at, "most": MOST}
        with connection.cursor() as cursor:
            cursor.execute(STRANDED, asked)
            return {project: cls(pairs, more) for project, pairs, more in cursor}
