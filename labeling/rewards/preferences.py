"""What a snapshot's members prefer, comparison by comparison, without their texts."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from labeling.datasets import aggregation, reading
from labeling.datasets.models import Snapshot
from labeling.datasets.row import Row
from labeling.datasets.wanted import Wanted

FIRST, SECOND = "first", "second"
COLUMNS = {**reading.NARROW, "context": "'[]'", "first": f"'{FIRST}'", "second": f"'{SECOND}'"}
"""As for the files of a snapshot, with a name in the place of each text."""


class Preferred(NamedTuple):
    """One comparison on one axis: of its `weight` preferences, the share that is for the first response."""

    comparison: UUID
    axis: str
    held_out: bool
    root: int
    share: float
    weight: int


def preferred(snapshot: Snapshot) -> Iterator[Preferred]:
    """Of all that trainers get of a snapshot, and in the same way: an even split is none where a majority counts."""
    how = Wanted.of(snapshot.wanted).aggregation
    roots = dict(snapshot.members.filter(reason="").values_list("position", "root"))
    for (axis, comparison), group in groupby(rows(snapshot), key=lambda row: (row.axis, row.comparison)):
        said = list(group)
        chosen = [pair.chosen for pair in aggregation.pairs(said, how, None)]
        if chosen:
            root = roots[said[0].position]
            share = chosen.count(FIRST) / len(chosen)
            own = -1 - said[0].position if root is None else root
            yield Preferred(UUID(comparison), axis, said[0].held_out, own, share, len(chosen))


def rows(snapshot: Snapshot) -> Iterator[Row]:
    columns = [COLUMNS[name] for name in Row._fields]
    for found in reading.portions(snapshot, columns, reading.MEMBERS, "= ''"):
        yield from map(Row._make, found)
