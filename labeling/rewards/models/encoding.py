"""What the encoder made of each comparison, and where that is kept."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.comparisons.models import Comparison


class EncoderQuerySet(models.QuerySet["Encoder"]):
    def current(self) -> "Encoder | None":
        """The one that workers have now: what it has not read is given to them."""
        return self.order_by("-seen_at", "pk").first()


class Encoder(models.Model):
    """A model whose states are features, known by a hash of its weights and of how many of its layers are read.

    States of two of them do not compare.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField(default=timezone.now, help_text="when a worker last read a comparison with it")

    objects = EncoderQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:12]


class EncodingQuerySet(models.QuerySet["Encoding"]):
    def usable(self) -> Self:
        return self.filter(refused="")


class Encoding(models.Model):
    """One comparison as one encoder reads it: a row of an artifact that holds it together with others. What the encoder
    cannot read is there too, with the reason, so that it is not asked again."""

    pk = models.CompositePrimaryKey("comparison_id", "encoder_id")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, db_index=False, related_name="encodings")
    encoder = models.ForeignKey(Encoder, on_delete=models.PROTECT, db_index=False, related_name="encodings")
    artifact = models.CharField(max_length=64, blank=True, help_text="sha256; empty where it was refused")
    row = models.PositiveIntegerField(null=True)
    refused = models.TextField(blank=True, help_text="why the encoder cannot read it")
    seconds = models.FloatField(help_text="its share of what reading it with others took")

    objects = EncodingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refused="", row__isnull=False) & ~Q(artifact="")
                | ~Q(refused="") & Q(row=None, artifact=""),
                name="encoding_is_kept_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison_id} by {self.encoder_id}"
