"""At the close of a round every root prompt of it gets its side, for ever."""

from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from labeling.datasets import gathering, splits
from labeling.datasets.models import Root, Snapshot, Use
from labeling.projects.models import Round

BEGUN = """
SELECT root.id, root.key, begun.comparisons, root.side = 'held_out', root.side = '' AND root.trained_at IS NULL
FROM (
    SELECT prompt.root_id, count(*) AS comparisons
    FROM comparisons_comparison comparison
    JOIN datasets_gist gist ON gist.comparison_id = comparison.id
    JOIN datasets_rootprompt prompt ON prompt.id = gist.prompt_id
    WHERE comparison.round_id = %(round)s AND EXISTS (
        SELECT FROM comparisons_assignment judged
        WHERE judged.comparison_id = comparison.id AND judged.axis = %(axis)s AND judged.slot IS NOT NULL
            AND judged.done_at IS NOT NULL
    )
    GROUP BY prompt.root_id
) begun JOIN datasets_root root ON root.id = begun.root_id
"""
TRAINED = """
UPDATE datasets_root root SET trained_at = %(now)s
FROM (
    SELECT DISTINCT root_id FROM datasets_member WHERE snapshot_id = %(snapshot)s AND reason = '' AND NOT held_out
) used
WHERE root.id = used.root_id AND root.side <> 'held_out' AND root.trained_at IS NULL
"""


@transaction.atomic
def decide(round_: Round, **_: Any) -> None:
    """Receives `round_closed`. What was judged since the round was last read is read first; nobody places prompts or
    decides about them elsewhere until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [gathering.LOCK])
    for _batch in gathering.gather(round_.project, round_):
        pass
    roots: set[int] = set()
    decided = {"decided_at": timezone.now(), "decided_by": round_}
    for axis in round_.project.axes_in_order():
        begun = roots_of(round_, axis)
        roots |= {one.root for one in begun}
        Root.objects.filter(pk__in=splits.held_out(begun)).update(side=Root.Side.HELD_OUT, **decided)
    Root.objects.filter(pk__in=roots, side="").update(side=Root.Side.TRAIN, **decided)


def roots_of(round_: Round, axis: str) -> list[splits.Begun]:
    with connection.cursor() as cursor:
        cursor.execute(BEGUN, {"round": round_.pk, "axis": axis})
        return [splits.Begun(root, bytes(key), n, held, open_) for root, key, n, held, open_ in cursor.fetchall()]


@transaction.atomic
def note_use(use: Use) -> int:
    """That a model was trained on a snapshot: its root prompts are never held out from now on. How many of them were
    held out since it was made, on which this model must not be tested."""
    use.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [gathering.LOCK])
        cursor.execute(TRAINED, {"now": use.noted_at, "snapshot": use.snapshot_id})
    return held_out_since(use.snapshot)


def held_out_since(snapshot: Snapshot) -> int:
    """Root prompts that trainers get of it, and that later snapshots test with."""
    if not snapshot.uses.exists():
        return 0
    trained = snapshot.members.filter(Q(reason="", held_out=False), root__side=Root.Side.HELD_OUT)
    return trained.values("root").distinct().count()
