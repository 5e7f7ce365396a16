"""Where dialogues begin, and on which side of a data set they stand for ever."""

from typing import Self

from django.db import models
from django.db.models import Q

from labeling.projects.models import Round


class RootQuerySet(models.QuerySet["Root"]):
    def settled(self) -> Self:
        """Those that stay as they are: they have a side, or a model was trained on them."""
        return self.exclude(side="", trained_at=None)


class Root(models.Model):
    """Prompts that dialogues begin with, so alike that a model which has seen one knows the others.

    It keeps its side for ever, across rounds, axes and projects; a trigger sees to it. Those that a model was trained
    on are never held out. They are taken in the order of `key`, a hash that only the server can compute: nobody can
    write a prompt so that it is held out, or is not.
    """

    class Side(models.TextChoices):
        TRAIN = "train"
        HELD_OUT = "held_out"

    key = models.BinaryField(max_length=16, unique=True)
    side = models.CharField(max_length=10, choices=Side, blank=True, help_text="empty: no round with it has closed")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        Round, on_delete=models.PROTECT, null=True, related_name="+", help_text="the round whose close decided it"
    )
    trained_at = models.DateTimeField(null=True, help_text="when somebody first trained a model on it")

    objects = RootQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(side="", decided_at=None, decided_by=None)
                | Q(~Q(side=""), decided_at__isnull=False, decided_by__isnull=False),
                name="a_side_is_decided_by_a_round",
            ),
            models.CheckConstraint(
                condition=~Q(side="held_out") | Q(trained_at=None), name="nothing_trained_on_is_held_out"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}, {self.side or 'undecided'}"


class RootPrompt(models.Model):
    """One prompt of a root, in which white space, capitals and the like make no difference: what tells it from others.
    Its text is where dialogues have it, and nowhere else."""

    root = models.ForeignKey(Root, on_delete=models.PROTECT, related_name="prompts")
    digest = models.BinaryField(max_length=16, unique=True, help_text="of the text")
    signature = models.BinaryField(max_length=144, help_text="see near_duplicates.py")

    def __str__(self) -> str:
        return f"prompt {self.pk} of {self.root_id}"


class Band(models.Model):
    """Prompts that share one are likely to be near-duplicates; see near_duplicates.py."""

    pk = models.CompositePrimaryKey("band", "prompt_id")
    band = models.BigIntegerField()
    prompt = models.ForeignKey(RootPrompt, on_delete=models.PROTECT, db_index=False, related_name="bands")

    def __str__(self) -> str:
        return f"{self.band} of {self.prompt_id}"
