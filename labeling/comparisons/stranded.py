"""Pairs that want another person, where nobody is left who may be given them."""

from dataclasses import dataclass

from django.db import connection

from labeling.projects.models import Project

LOOKED_AT = 10_000  # pairs of an axis, the oldest: they are given out in that order, so those that stay are there
MOST = 1_000  # that are counted
STRANDED = """
WITH asked AS (
    SELECT round.id AS round_id, project.id AS project_id, project.axes
    FROM projects_round round JOIN projects_project project ON project.id = round.project_id
    WHERE project.id = %(project)s AND round.state = 'open'
), enrolled AS (
    SELECT enrolment.axis, membership.person_id, cohort.languages || person.language AS languages,
        cohort.languages = '{}' AS reads_all, membership.paused_at IS NULL AND person.is_active AS works
    FROM asked
    JOIN projects_enrolment enrolment ON enrolment.project_id = asked.project_id
    JOIN cohorts_cohort cohort ON cohort.id = enrolment.cohort_id
    JOIN cohorts_membership membership ON membership.cohort_id = cohort.id AND membership.left_at IS NULL
    JOIN cohorts_person person ON person.id = membership.person_id
), reads AS (
    SELECT person_id, bool_or(reads_all) AS all_of_them, array_agg(DISTINCT split_part(tag, '-', 1)) AS languages
    FROM enrolled CROSS JOIN unnest(languages) tag
    GROUP BY person_id
), working AS (
    SELECT DISTINCT axis, person_id FROM enrolled WHERE works
), may AS MATERIALIZED (
    SELECT working.axis, reads.*
    FROM asked CROSS JOIN working JOIN reads ON reads.person_id = working.person_id
    WHERE exams_lacking(working.person_id, asked.project_id, working.axis, asked.round_id) IS NULL
), oldest AS (
    SELECT overlap.comparison_id, on_axis.axis
    FROM asked CROSS JOIN unnest(asked.axes) on_axis(axis) CROSS JOIN LATERAL (
        SELECT comparison_id
        FROM comparisons_overlap
        WHERE round_id = asked.round_id AND axis = on_axis.axis AND free <> '{}'
        ORDER BY id LIMIT %(looked_at)s
    ) overlap
), stranded AS (
    SELECT oldest.comparison_id
    FROM oldest
    JOIN comparisons_comparison compared ON compared.id = oldest.comparison_id
    LEFT JOIN dialogues_turn turn ON turn.id = compared.turn_id
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(person_id), '{}') AS people
        FROM comparisons_assignment
        WHERE comparison_id = oldest.comparison_id
    ) seen
    WHERE NOT EXISTS (
        SELECT FROM may
        WHERE may.axis = oldest.axis AND may.person_id <> ALL(seen.people) AND (
            may.all_of_them OR coalesce(turn.language, compared.language) = ''
            OR split_part(coalesce(turn.language, compared.language), '-', 1) = ANY(may.languages)
        )
    )
    LIMIT %(most)s
)
SELECT count(DISTINCT comparison_id), count(*) = %(most)s OR EXISTS (
    SELECT FROM oldest GROUP BY axis HAVING count(*) = %(looked_at)s
)
FROM stranded
"""
"""Who is given a pair is said by `leases.CLAIM` and `leases.languages_of`, and who works by the desk. Whoever has had
enough for the day is left all the same: they are given it tomorrow."""


@dataclass
class Stranded:
    """How many pairs of the round that is open; `more` where there may be more of them than were counted."""

    pairs: int
    more: bool

    @classmethod
    def of(cls, project: Project) -> "Stranded":
        with connection.cursor() as cursor:
            cursor.execute(STRANDED, {"project": project.pk, "looked_at": LOOKED_AT, "most": MOST})
            return cls(*cursor.fetchone())
