"""A comparison, and how many of them a round has."""

import uuid
from hashlib import blake2b
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from labeling.comparisons.models.assignment import Assignment, AssignmentQuerySet
from labeling.comparisons.models.judgement import CannotBeJudged, Outcome, Said
from labeling.dialogues.models import Completion, Turn
from labeling.projects.models import Project, Round


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def judged(self) -> Self:
        """Those that their author has judged, on every axis they were asked about, and has not withdrawn."""
        undecided = by_author().filter(Q(done_at=None) | Q(judgement__outcome=Outcome.CANNOT))
        found = self.filter(Exists(by_author())).exclude(Exists(undecided))
        return found.exclude(Exists(by_author().withdrawn()))

    def under_way(self) -> Self:
        """Those that their author still has to judge, in a dialogue that was neither given up nor left alone."""
        return self.filter(Exists(by_author(done_at=None)), turn__dialogue__ended_at=None)

    def enough_for(self, round_: Round) -> bool:
        """Whether the round has, judged or under way, as many as its target asks for.

        Read without a lock, and asked before a prompt page is shown: whoever writes a prompt may still send it, and a
        conversation goes on, so a round may end with a few more than its target. `target` holds it where none of that
        can be.
        """
        if round_.target is None or self.filter(round=round_).count() < round_.target:  # the cheap bound first
            return False
        return self.left_for(round_) <= 0

    def left_for(self, round_: Round) -> int:
        """How many the target asks for beyond those that are judged or under way."""
        own = self.filter(round=round_)
        return (round_.target or 0) - own.judged().count() - own.under_way().count()


def by_author(**fields: object) -> AssignmentQuerySet:
    """The author's own assignments of the comparison of an outer query."""
    return Assignment.objects.filter(comparison=OuterRef("pk"), kind=Assignment.Kind.AUTHOR, **fields)


class Comparison(models.Model):
    """Frozen context and two completions: all that anybody but the author ever needs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="comparisons")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="comparisons")
    turn = models.OneToOneField(Turn, on_delete=models.PROTECT, null=True, related_name="comparison")
    context = models.JSONField(help_text="messages up to and with the prompt: [{role, content}, …]")
    language = models.CharField(
        max_length=35, blank=True, default="", db_default="", help_text="BCP 47 tag, where there is no turn to say it"
    )
    first = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, help_text="when both responses were complete")
    retired_at = models.DateTimeField(null=True, help_text="when a second person had said that it cannot be judged")

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="two_completions_differ"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_ready_for(self, said: Said) -> bool:
        """Complete, and no response was replaced while the verdict was on its way."""
        if isinstance(said, CannotBeJudged):
            return self.ready_at is not None
        judged = {said.chosen.pk, said.rejected.pk}
        return self.ready_at is not None and judged == {self.first_id, self.second_id}

    def is_overlapped(self) -> bool:
        """Whether it is one of the share that other people judge as well, on each of its axes: drawn once for all, by
        a hash that only the server can compute."""
        key = settings.SECRET_KEY.encode()[: blake2b.MAX_KEY_SIZE]
        drawn = int.from_bytes(blake2b(self.pk.bytes, digest_size=4, key=key).digest()) % 100
        return drawn < self.project.overlap_share

    def own_assignments(self) -> AssignmentQuerySet:
        """Those of its author, one an axis."""
        return self.assignments.filter(kind=Assignment.Kind.AUTHOR)

    def retire(self) -> None:
        """Nobody is asked about it any more, and nothing is exported of it."""
        Comparison.objects.filter(pk=self.pk, retired_at=None).update(retired_at=timezone.now())
