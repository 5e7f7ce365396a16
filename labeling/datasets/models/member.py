"""Which revision of which judgement a snapshot holds, and as what."""

from django.db import models

from labeling.comparisons.models import Judgement
from labeling.datasets.models.root import Root
from labeling.datasets.models.snapshot import Snapshot
from labeling.projects.models import Axis


class Member(models.Model):
    """One judgement of a snapshot. Rows are written once, by one statement, and never change; a trigger sees to it.

    `position` goes by axis, then by when the comparison was made, so that what was said of one comparison on an axis
    stands together. With a `reason` (of exclusions.py) the judgement is in the snapshot, and in no trainer's file.
    `first_better` is the annotator model's probability that the comparison's first response is the better one, where
    the snapshot asked for it; `first_safe` and `second_safe` are what those of its judgements say that count on the
    safety axis, unsafe where they are divided: whichever axis the judgement itself is of.

    There may be a million in each of many snapshots, so the database checks no foreign key of them: that took longer
    than all else. Judgements and snapshots are never deleted, which triggers see to, nor are roots.
    """

    pk = models.CompositePrimaryKey("snapshot_id", "position")
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="members"
    )
    position = models.PositiveIntegerField(help_text="from 0")
    judgement = models.ForeignKey(Judgement, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    axis = models.CharField(max_length=20, choices=Axis)
    root = models.ForeignKey(
        Root, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    held_out = models.BooleanField()
    reason = models.CharField(max_length=20, blank=True)
    first_better = models.FloatField(null=True)
    first_safe = models.BooleanField(null=True)
    second_safe = models.BooleanField(null=True)

    def __str__(self) -> str:
        return f"{self.position} of {self.snapshot_id}"
