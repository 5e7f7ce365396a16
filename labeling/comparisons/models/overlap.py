"""What a comparison asks of other people than its author."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from labeling.comparisons.models.comparison import Comparison
from labeling.projects.models import Axis, Round


def language_of(round_: str, axis: str, elsewhere: str) -> str:
    """SQL for the first language, by its tag, in which anything wants people; a condition may be added to it. One after
    the other they are found by as many looks into an index, which takes no longer where there is much in each."""
    return f"""
        SELECT min(overlap.language) FROM comparisons_overlap overlap
        WHERE overlap.round_id = {round_} AND overlap.axis = {axis}
            AND overlap.elsewhere = {elsewhere} AND overlap.free <> '{{}}'
    """  # noqa: S608 - names of columns and of parameters


class OverlapQuerySet(models.QuerySet["Overlap"]):
    def with_room(self) -> Self:
        return self.exclude(free=[])


class Overlap(models.Model):
    """How many people judge one comparison on one axis, and which of those slots nobody holds.

    There are `wanted` slots, numbered from 0, which is the author's where there is one. A slot is `free`, or one
    assignment holds it. `most` is how many may be wanted in the end, where the first of them disagree. The database
    keeps the `language` and whether the pair comes from `elsewhere`, so that who reads one finds what is in it among a
    hundred thousand in others, and what people here began does not wait until all of an import is judged.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, db_index=False, related_name="overlaps")
    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, db_index=False, related_name="+", help_text="the comparison's"
    )
    axis = models.CharField(max_length=20, choices=Axis)
    wanted = models.PositiveSmallIntegerField()
    most = models.PositiveSmallIntegerField()
    free = ArrayField(models.PositiveSmallIntegerField(), blank=True)
    language = models.CharField(
        max_length=35, db_default="", editable=False, help_text="of the prompt, without region; empty: not named"
    )
    elsewhere = models.BooleanField(db_default=False, editable=False)

    objects = OverlapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "axis"], name="one_overlap_an_axis"),
            models.CheckConstraint(condition=Q(wanted__gte=1, wanted__lte=F("most")), name="overlap_within_most"),
        ]
        indexes = [
            models.Index(
                fields=["round", "axis", "elsewhere", "language", "id"], condition=~Q(free=[]), name="overlaps_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wanted} for {self.axis} of {self.comparison_id}"

    def take(self, among: tuple[int, ...] | None = None) -> int | None:
        """A slot for whoever answers late, if one is free, or one of these. The row is held."""
        slot = next((one for one in self.free if among is None or one in among), None)
        if slot is None:
            return None
        self.free.remove(slot)
        self.save(update_fields=["free"])
        return slot

    def ask_one_more(self) -> None:
        """The row is held, and all of its slots are."""
        self.free = [self.wanted]
        self.wanted += 1
        self.save(update_fields=["free", "wanted"])
