"""Keeps which judgements wait for reviewers: of pairs of which something was said lately, and of all of a project."""

import uuid

from django.db import connection

from labeling.projects.models import Project

LOCK = 0x7A23  # of PostgreSQL's advisory locks: one reviewer at a time decides about a judgement of a pair
AGAIN = 1000  # keys of judgements that are looked at once more: they are given before what has them is committed
TOUCHED = """
touched AS MATERIALIZED (
    SELECT DISTINCT assignment.comparison_id AS id
    FROM comparisons_judgement judgement
    JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE judgement.id > %(after)s AND comparison.project_id = %(project)s
)"""
ONE = "touched AS (SELECT %(comparison)s::uuid AS id)"
KEEP = """
WITH {touched}, counted AS (
    SELECT assignment.id, judgement.id AS judgement, assignment.comparison_id AS comparison, assignment.axis,
        assignment.person_id AS person, comparison.round_id AS round, comparison.project_id AS project,
        judgement.chosen_id AS chosen
    FROM touched
    JOIN comparisons_comparison comparison ON comparison.id = touched.id
    JOIN projects_round round ON round.id = comparison.round_id AND round.state IN ('open', 'review')
    JOIN comparisons_assignment assignment ON assignment.comparison_id = comparison.id AND assignment.slot IS NOT NULL
    JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
), choices AS (
    SELECT comparison, axis, count(*) AS votes FROM counted WHERE chosen IS NOT NULL GROUP BY comparison, axis, chosen
), split AS (
    SELECT comparison, axis, max(votes) / sum(votes)::float8 AS agreement FROM choices
    GROUP BY comparison, axis HAVING count(*) > 1
), waiting AS (
    SELECT counted.*, CASE WHEN chosen IS NOT NULL THEN agreement END AS agreement
    FROM counted LEFT JOIN split USING (comparison, axis)
    WHERE NOT EXISTS (
        SELECT FROM quality_review review WHERE review.judgement_id = counted.judgement AND review.number %% 2 = 1
            AND NOT EXISTS (
                SELECT FROM quality_review later
                WHERE later.judgement_id = review.judgement_id AND later.number > review.number
            )
    )
), gone AS (
    DELETE FROM quality_unreviewed kept USING touched
    WHERE kept.comparison_id = touched.id AND NOT EXISTS (
        SELECT FROM waiting WHERE waiting.judgement = kept.judgement_id
    )
)
INSERT INTO quality_unreviewed AS kept
    (judgement_id, project_id, round_id, axis, comparison_id, person_id, draw, agreement)
SELECT judgement, project, round, axis, comparison, person,
    ('x' || left(md5(id::text), 8))::bit(32)::bigint %% 100, agreement
FROM waiting
ON CONFLICT (judgement_id) DO UPDATE SET agreement = EXCLUDED.agreement
    WHERE kept.agreement IS DISTINCT FROM EXCLUDED.agreement
"""
OVER = """
DELETE FROM quality_unreviewed kept USING projects_round round
WHERE kept.project_id = %s AND round.id = kept.round_id AND round.state NOT IN ('open', 'review')
"""


def note(project: Project, after: int) -> None:
    """Pairs of which something was said that has a key above that: of all of them, above 0."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP.format(touched=TOUCHED), {"project": project.pk, "after": max(after - AGAIN, 0)})
        cursor.execute(OVER, [project.pk])


def note_one(comparison: uuid.UUID) -> None:
    """What waits of it, in the transaction that has decided about one of its judgements. Whoever decides about another
    one of them in the same moment waits, and sees what the first one decided."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(comparison)])
        cursor.execute(KEEP.format(touched=ONE), {"comparison": comparison})
