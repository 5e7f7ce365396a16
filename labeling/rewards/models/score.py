"""What a reward model says of the two responses of a comparison."""

from django.db import models

from labeling.comparisons.models import Comparison
from labeling.rewards.models.run import Run


class Score(models.Model):
    """The raw rewards of both responses, in the comparison's own order. They mean something beside each other and
    beside others of the same run, and nothing by themselves."""

    pk = models.CompositePrimaryKey("run_id", "comparison_id")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_index=False, related_name="scores")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="scores")
    first = models.FloatField()
    second = models.FloatField()
    spread = models.FloatField(
        null=True, help_text="of a quick one: the standard deviation of the first less the second, as its fit leaves it"
    )

    def __str__(self) -> str:
        return f"{self.comparison_id}: {self.first:.3f}, {self.second:.3f}"
