"""What was taken back since a snapshot was made: whoever uses it should make a new version."""

from typing import Any

from django.db import connection

from labeling.datasets.models import Snapshot

LOST = """
SELECT count(*) FILTER (WHERE member.reason = '')
FROM (
    SELECT person_id, max(coalesce(back_at, 'infinity')) AS until
    FROM cohorts_withdrawal WHERE withdrawn_at > %(counted_at)s GROUP BY person_id
) withdrawn
JOIN comparisons_assignment assignment ON assignment.person_id = withdrawn.person_id
JOIN comparisons_judgement judgement ON judgement.assignment_id = assignment.id
    AND judgement.created_at < withdrawn.until
JOIN datasets_member member ON member.judgement_id = judgement.id AND member.snapshot_id = %(snapshot)s
"""


def lost(snapshot: Snapshot) -> int:
    """How many of the judgements that trainers get of it were withdrawn by their people since."""
    if not snapshot.counted_at:
        return 0
    asked: dict[str, Any] = {"counted_at": snapshot.counted_at, "snapshot": snapshot.pk}
    with connection.cursor() as cursor:
        cursor.execute(LOST, asked)
        return int(cursor.fetchone()[0])
