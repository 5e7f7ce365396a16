"""What differs between two snapshots of a project, row by row: two of a million members each in seconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from labeling.datasets.models import Snapshot
from labeling.datasets.words import REASONS

PAGE = 100  # rows

CHANGED = """
WITH one AS (
    SELECT judgement_id, axis, position, reason, held_out FROM datasets_member WHERE snapshot_id = %(one)s
), other AS (
    SELECT judgement_id, axis, position, reason, held_out FROM datasets_member WHERE snapshot_id = %(other)s
), changed AS (
    SELECT judgement_id, coalesce(one.axis, other.axis) AS axis, one.position AS place_was, other.position AS place_is,
        one.reason AS reason_was, other.reason AS reason_is, one.held_out AS held_was, other.held_out AS held_is
    FROM one FULL JOIN other USING (judgement_id)
    WHERE one.position IS NULL OR other.position IS NULL OR one.reason <> other.reason OR one.held_out <> other.held_out
), answers AS (
    SELECT judgement.assignment_id AS assignment, min(changed.axis) AS axis, count(place_was) AS was,
        count(place_is) AS present,
        min(reason_was) AS reason_was, min(reason_is) AS reason_is, bool_or(held_was) AS held_was,
        bool_or(held_is) AS held_is, min(judgement_id) FILTER (WHERE place_was IS NOT NULL) AS judgement_was,
        max(judgement_id) FILTER (WHERE place_is IS NOT NULL) AS judgement_is
    FROM changed JOIN comparisons_judgement judgement ON judgement.id = changed.judgement_id
    GROUP BY judgement.assignment_id
), told AS (
    SELECT *, CASE
        WHEN was = 0 THEN 'added' WHEN present = 0 THEN 'removed' WHEN judgement_was <> judgement_is THEN 'revised'
        WHEN reason_was = '' AND reason_is <> '' THEN 'left_out'
        WHEN reason_was <> '' AND reason_is = '' THEN 'taken_in'
        WHEN reason_was <> reason_is THEN 'other_reason' ELSE 'other_side' END AS kind
    FROM answers
)
"""
"""By assignment, since a judgement that was changed is another revision of the same."""
COUNT = f"{CHANGED} SELECT kind, count(*) FROM told GROUP BY kind"  # noqa: S608 - constants only
ROWS = f"""
{CHANGED}
SELECT told.kind, told.assignment, told.axis, person.pseudonym,
    left(comparison.context -> -1 ->> 'content', 200), reason_was, reason_is, held_was, held_is, said_was.degree,
    said_is.degree, said_was.chosen_id IS DISTINCT FROM said_is.chosen_id
FROM (
    SELECT * FROM told WHERE (%(kind)s = '' OR kind = %(kind)s) AND (%(after)s::uuid IS NULL OR assignment > %(after)s)
    ORDER BY assignment LIMIT %(page)s
) told
JOIN comparisons_assignment asked ON asked.id = told.assignment
JOIN comparisons_comparison comparison ON comparison.id = asked.comparison_id
JOIN cohorts_person person ON person.id = asked.person_id
LEFT JOIN comparisons_judgement said_was ON said_was.id = told.judgement_was
LEFT JOIN comparisons_judgement said_is ON said_is.id = told.judgement_is
ORDER BY told.assignment
"""  # noqa: S608 - constants only


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    REVISED = "revised"  # another revision is in it
    LEFT_OUT = "left_out"  # trainers had it, and have it no more
    TAKEN_IN = "taken_in"
    OTHER_REASON = "other_reason"
    OTHER_SIDE = "other_side"  # held out, and was not


@dataclass(frozen=True)
class Change:
    """Of one answer. What it was before is None where it is added, what it is now where it is removed."""

    kind: str
    assignment: UUID
    axis: str
    annotator: str
    prompt: str
    reason_was: str | None
    reason_is: str | None
    held_was: bool | None
    held_is: bool | None
    degree_was: int | None
    degree_is: int | None
    other_choice: bool

    @property
    def why(self) -> str:
        """Why trainers do not get it now, or did not before."""
        return str(REASONS.get(self.reason_is or self.reason_was or "", ""))


def counts(one: Snapshot, other: Snapshot) -> dict[str, int]:
    """How many there are of each kind."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"one": one.pk, "other": other.pk})
        found = dict(cursor.fetchall())
    return {kind.value: found[kind] for kind in Kind if kind in found}


def page(one: Snapshot, other: Snapshot, kind: str = "", after: UUID | None = None) -> list[Change]:
    """From the earlier to the later one. Those that follow this assignment."""
    asked: dict[str, Any] = {"one": one.pk, "other": other.pk, "kind": kind, "after": after, "page": PAGE}
    with connection.cursor() as cursor:
        cursor.execute(ROWS, asked)
        return [Change(*row) for row in cursor.fetchall()]
