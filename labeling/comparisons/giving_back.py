"""Slots that are given back: of whoever comes next, if their comparison still asks anybody."""

from typing import Any

from django.db import connection

WAIT, SKIP = "FOR UPDATE", "FOR UPDATE SKIP LOCKED"  # where somebody holds one of them
ENDED = """
WITH ended AS (
    SELECT id, comparison_id, axis, slot
    FROM comparisons_assignment assignment
    WHERE slot IS NOT NULL AND {which}
    {lock}
), let_go AS (
    UPDATE comparisons_assignment assignment SET slot = NULL, chance = NULL FROM ended WHERE assignment.id = ended.id
)
SELECT comparison_id, axis, slot FROM ended
"""
LAPSED = ENDED.format(which="kind = 'overlap' AND done_at IS NULL AND leased_until < %(now)s", lock=SKIP)
ORPHANED = ENDED.format(
    which="""kind = 'rework' AND done_at IS NULL AND coalesce(leased_until < %(now)s, true) AND EXISTS (
        SELECT FROM comparisons_comparison compared JOIN projects_round round ON round.id = compared.round_id
        WHERE compared.id = assignment.comparison_id AND round.state = 'open' AND NOT EXISTS (
            SELECT FROM projects_enrolment enrolment
            JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
            WHERE enrolment.project_id = round.project_id AND enrolment.axis = assignment.axis
                AND membership.person_id = assignment.person_id AND membership.left_at IS NULL
        )
    )""",
    lock=SKIP,
)
"""What was sent back to somebody who works there no more."""
LEFT = ENDED.format(
    which="kind <> 'author' AND done_at IS NULL AND comparison_id = %(comparison)s AND person_id = %(person)s",
    lock=WAIT,
)
REJECTED = ENDED.format(which="id = %(assignment)s", lock=WAIT)
WITHDRAWN = ENDED.format(which="person_id = %(person)s AND (kind <> 'author' OR done_at IS NOT NULL)", lock=WAIT)

HELD = "SELECT FROM comparisons_overlap WHERE comparison_id = ANY(%(pairs)s) ORDER BY comparison_id, axis FOR UPDATE"
"""Whoever retires a pair, or asks about it again, holds these rows as well, in this order."""
FREED = """
INSERT INTO comparisons_overlap AS overlap (comparison_id, round_id, axis, wanted, most, free)
SELECT comparison.id, comparison.round_id, axis, 1 + max(slot), 1 + max(slot), array_agg(slot)
FROM unnest(%(pairs)s::uuid[], %(axes)s::text[], %(slots)s::smallint[]) ended(pair, axis, slot)
JOIN comparisons_comparison comparison ON comparison.id = ended.pair AND comparison.retired_at IS NULL
GROUP BY comparison.id, axis
ON CONFLICT (comparison_id, axis) DO UPDATE SET free = overlap.free || EXCLUDED.free
"""
FREED_WHERE_ASKED = """
UPDATE comparisons_overlap overlap SET free = overlap.free || ended.slot
FROM unnest(%(pairs)s::uuid[], %(axes)s::text[], %(slots)s::smallint[]) ended(pair, axis, slot)
JOIN comparisons_comparison comparison ON comparison.id = ended.pair AND comparison.retired_at IS NULL
JOIN projects_round round ON round.id = comparison.round_id AND round.state = 'open'
WHERE overlap.comparison_id = ended.pair AND overlap.axis = ended.axis
"""
"""A person has one slot of a comparison on an axis."""


def give_back(which: str, freed: str = FREED, **values: Any) -> None:
    """In a transaction. Three statements: each sees what was committed while the one before it waited."""
    with connection.cursor() as cursor:
        cursor.execute(which, values)
        if ended := cursor.fetchall():
            pairs, axes, slots = map(list, zip(*ended, strict=True))
            cursor.execute(HELD, {"pairs": pairs})
            cursor.execute(freed, {"pairs": pairs, "axes": axes, "slots": slots})
