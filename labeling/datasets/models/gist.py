"""What a snapshot asks of every comparison, read once."""

from django.db import models

from labeling.comparisons.models import Comparison
from labeling.datasets.models.root import RootPrompt


class Gist(models.Model):
    """Of one comparison that was judged, whose texts change no more. They are read in the background, as it is judged:
    a million of them take minutes to read, and what is known of them here a second."""

    comparison = models.OneToOneField(Comparison, on_delete=models.PROTECT, primary_key=True, related_name="gist")
    prompt = models.ForeignKey(
        RootPrompt, on_delete=models.PROTECT, related_name="gists", help_text="the dialogue's first"
    )
    identical = models.BooleanField(help_text="the two responses, but for white space around them")
    chars = models.PositiveIntegerField(help_text="of the dialogue with the longer response")
    tokens = models.PositiveIntegerField(
        null=True, help_text="the same, as the models counted them that wrote it; empty where nobody did"
    )

    def __str__(self) -> str:
        return f"gist of {self.comparison_id}"
