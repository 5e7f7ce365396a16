"""Keeps which judgements wait for reviewers: of pairs of which something was said or decided lately.

Nothing is looked at twice that has not changed: what is said is found by the keys of judgements, what reviewers decide
is noted as they do, and what a withdrawal changes makes a project be looked at as a whole, once.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.projects.models import Project
from labeling.quality.models import Computation

LOCK = 0x7A23  # of PostgreSQL's advisory locks: what waits of a pair is decided and noted by one after the other
AGAIN = 1000  # keys of judgements that are looked at once more: they are given before what has them is committed
SPAN = 500  # keys of judgements that are looked at in one transaction, which locks as many pairs at most
TOUCHED = """
SELECT DISTINCT assignment.comparison_id
FROM comparisons_judgement judgement
JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
WHERE judgement.id > %(after)s AND judgement.id <= %(to)s AND comparison.project_id = %(project)s
"""
HELD = """
SELECT pg_advisory_xact_lock(%s, key)
FROM (SELECT DISTINCT hashtext(id) AS key FROM unnest(%s::text[]) id ORDER BY key) pairs
"""
KEEP = """
WITH touched AS (SELECT unnest(%(pairs)s::uuid[]) AS id), counted AS (
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


def note(project: Project, after: int, to: int) -> None:
    """Pairs of which something was said that has a key above the one and up to the other."""
    for begin in range(after, to, SPAN):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TOUCHED, {"after": begin, "to": min(begin + SPAN, to), "project": project.pk})
            keep([pair for (pair,) in cursor])
    with connection.cursor() as cursor:
        cursor.execute(OVER, [project.pk])


def note_one(comparison: uuid.UUID) -> None:
    """What waits of it, in the transaction that has decided about one of its judgements."""
    keep([comparison])


def keep(pairs: Sequence[uuid.UUID]) -> None:
    """What waits of them. Whoever decides about one of them, or keeps what waits of it, in the same moment waits for
    the other, and sees what they did: the locks come in one order, and the next statement looks anew."""
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(HELD, [LOCK, [str(pair) for pair in pairs]])
        cursor.execute(KEEP, {"pairs": list(pairs)})


def catch_up(computation: Computation, newest: int) -> None:
    """What may have been passed over, as a judgement whose transaction went on while later keys were noted; and all of
    it where somebody has withdrawn."""
    settled = computation.look_again(newest)
    note(computation.project, 0 if computation.wholes else computation.settled_to, newest)
    computation.settle(settled)


def withdraw(person: Person, **_: Any) -> None:
    """Receives `withdrew`: what they gave waits no more, and on their pairs people agree otherwise.

    Asked for once that is committed: many who withdraw at once would hold this row, and wait for each other's pairs.
    """
    judged = Assignment.objects.of(person).filter(judgement__isnull=False)
    for project in judged.values_list("comparison__project", flat=True).distinct():
        transaction.on_commit(Computation.objects.filter(project=project).ask_for_all)
