"""Figures as they were computed last: rows are made anew as a whole, and pages read nothing else."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import Axis, GuidelineVersion, Project, Round


class Breakdown(models.TextChoices):
    """Whose agreement it is, and on what."""

    ALL = "all", _("all rounds")
    ROUND = "round", _("round")
    GUIDELINE = "guideline", _("guideline version")
    COHORT = "cohort", _("cohort")
    LANGUAGE = "language", _("language")
    PERSON = "person", _("annotator")  # with whoever judged the same
    PAIR = "pair", _("pair of annotators")


class Agreement(models.Model):
    """How far people agree on what several of them judged. `figures` are those of quality/agreement.py, by name: value,
    low, high. What a breakdown is not by is empty; of a pair, `person` has the smaller key,
    and pairs that share hardly anything are not kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="agreements")
    axis = models.CharField(max_length=20, choices=Axis)
    by = models.CharField(max_length=10, choices=Breakdown)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, null=True, related_name="+")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, null=True, related_name="+")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=35, null=True)  # noqa: DJ001 - "" is a language that nobody named
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    comparisons = models.PositiveIntegerField()
    judgements = models.PositiveIntegerField()
    figures = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "axis", "by", "round", "guideline", "cohort", "language", "person", "other"],
                nulls_distinct=False,
                name="one_agreement_a_breakdown",
            )
        ]

    def __str__(self) -> str:
        return f"{self.axis}, by {self.by}: {self.figures}"


class Counted(models.Model):
    """What one person did, in numbers that add up to those of all rounds and of all people.

    `done` is all they answered; what is `cannot`, `sent_back`, `surplus` or `withdrawn` of it, which overlap, is
    `excluded`: it goes into no data set. `judged` are verdicts, those on gold and repeats included; `longer` is of
    pairs whose lengths differ. For the slope of quality/shares.py there are `lengths` pairs and the sums of x, y, x²
    and xy over them.
    `hurried` of `timed` took less than a third of the person's usual time.
    """

    done = models.PositiveIntegerField(default=0)
    cannot = models.PositiveIntegerField(default=0)
    sent_back = models.PositiveIntegerField(default=0)
    surplus = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    chose_a = models.PositiveIntegerField(default=0)
    longer = models.PositiveIntegerField(default=0)
    longer_of = models.PositiveIntegerField(default=0)
    lengths = models.PositiveIntegerField(default=0)
    sum_x = models.FloatField(default=0)
    sum_y = models.FloatField(default=0)
    sum_xx = models.FloatField(default=0)
    sum_xy = models.FloatField(default=0)
    gold = models.PositiveIntegerField(default=0)
    gold_of = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    repeats_of = models.PositiveIntegerField(default=0)
    majority = models.PositiveIntegerField(default=0)
    majority_of = models.PositiveIntegerField(default=0)
    timed = models.PositiveIntegerField(default=0)
    hurried = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="active, of the timed")
    typed = models.BigIntegerField(default=0, help_text="characters of their own prompts")
    pasted = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class Counts(Counted):
    """Of one person in a round, on an axis."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="counts")
    axis = models.CharField(max_length=20, choices=Axis)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, db_index=False, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    degrees = ArrayField(
        models.PositiveIntegerField(), size=4, help_text="of the counted: from barely to significantly"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "axis", "round", "person"], name="one_count_a_round_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.done} by {self.person_id} in {self.round_id}"


class Total(Counted):
    """Of one person on an axis: their counts of all rounds together, and what stands out of them beside the others'.

    `signals` are those of quality/evidence.py, and `rank` is the place of what they may mean among those that one looks
    at first.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="totals")
    axis = models.CharField(max_length=20, choices=Axis)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    signals = ArrayField(models.CharField(max_length=20), default=list)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "axis", "person"], name="one_total_a_person")]

    def __str__(self) -> str:
        return f"{self.done} by {self.person_id}: {', '.join(self.signals) or 'nothing'}"


class Bearing(models.Model):
    """What the annotator model says of a person, on an axis. `figures` are those of quality/model_evidence.py, by name:
    value, low, high; `found` what speaks for looking at them, by the names there; and they see `dissents`, subjects by
    their tag, the other way round, which is no fault."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="bearings")
    axis = models.CharField(max_length=20, choices=Axis)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    judgements = models.PositiveIntegerField()
    several = models.PositiveIntegerField(help_text="of them, on what others judged as well: they alone tell of skill")
    figures = models.JSONField()
    found = ArrayField(models.CharField(max_length=20), default=list)
    dissents = ArrayField(models.CharField(max_length=35), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "axis", "person"], name="one_bearing_a_person")]

    def __str__(self) -> str:
        return f"{self.axis}, of {self.person_id}: {self.figures}"


class Sureness(models.Model):
    """How sure the annotator model was of what people would choose, on an axis, and how often they did: Step by Step of
    quality/calibration.py, as [said, hits, of]."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="+")
    axis = models.CharField(max_length=20, choices=Axis)
    steps = models.JSONField()

    class Meta:
        verbose_name_plural = "sureness"
        constraints = [models.UniqueConstraint(fields=["project", "axis"], name="one_sureness_an_axis")]

    def __str__(self) -> str:
        return f"{self.axis}, of {self.project_id}: {self.steps}"
