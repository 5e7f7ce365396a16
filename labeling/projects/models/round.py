"""The round: Llama 2's weekly batch. It freezes guidelines and pair policy, so that what it yields is one thing."""

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.models.material import GuidelineVersion, ModelVersion, Prompt, PromptSet
from labeling.projects.models.project import Axis, Project


class RoundNotReady(Exception):
    """The round cannot take this step; `missing` says in words what to do first."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = missing


class Round(models.Model):
    """draft → open → review → closed, never back."""

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("a draft")  # everything may change
        OPEN = "open", gettext_lazy("open")  # pairs are made and judged; nothing else changes
        REVIEW = "review", gettext_lazy("in review")  # no new pairs; rework and adjudication only
        CLOSED = "closed", gettext_lazy("closed")  # final

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, null=True, blank=True)
    two_different_versions = models.BooleanField(default=True)
    max_new_tokens = models.PositiveIntegerField(default=256)
    target = models.PositiveIntegerField(null=True, blank=True, help_text="comparisons; empty: no limit")
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    guidelines = models.ManyToManyField(GuidelineVersion, through="RoundGuideline", editable=False)

    class Meta:
        ordering = ["project", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="open"), name="one_open_round_a_project"),
            models.CheckConstraint(condition=Q(max_new_tokens__gte=1), name="round_allows_tokens"),
        ]

    def __str__(self) -> str:
        return f"{self.project}, round {self.number}"

    def missing(self) -> list[str]:
        """What must be done before this draft can be opened, in words."""
        missing = [
            _("Write a guideline for the %(axis)s axis.") % {"axis": axis.label.lower()}
            for axis in self.project.axes_in_order()
            if not self.project.guidelines.filter(axis=axis).exists()
        ]
        needed = 2 if self.two_different_versions else 1
        if self.policy.count() < needed:
            missing.append(_("Add %(n)d model versions to the pair policy.") % {"n": needed})
        prompts = Prompt.objects.filter(prompt_set=self.prompt_set_id).fitting(self.project)
        if not self.project.allows_own_prompts and not (self.prompt_set_id and prompts.exists()):
            missing.append(_("Choose a prompt set with prompts that fit, or allow annotators to write their own."))
        if self.project.rounds.filter(state=Round.State.OPEN).exclude(pk=self.pk).exists():
            missing.append(_("Put the round that is open into review first."))
        return missing

    @transaction.atomic
    def open(self) -> None:
        """Freezes the newest guideline of each axis. RoundNotReady says what is missing."""
        Project.objects.select_for_update().get(pk=self.project_id)
        self._lock(Round.State.DRAFT)
        if missing := self.missing():
            raise RoundNotReady(missing)
        for axis in self.project.axes_in_order():
            newest = self.project.guidelines.filter(axis=axis).latest("number")
            RoundGuideline.objects.create(round=self, axis=axis, guideline=newest)
        self._move(Round.State.OPEN, opened_at=timezone.now())

    @transaction.atomic
    def review(self) -> None:
        self._lock(Round.State.OPEN)
        self._move(Round.State.REVIEW)

    @transaction.atomic
    def close(self) -> None:
        self._lock(Round.State.REVIEW)
        self._move(Round.State.CLOSED, closed_at=timezone.now())

    def guideline(self, axis: str) -> GuidelineVersion:
        """The version this round is judged by; the round must have been opened."""
        return self.guidelines.get(axis=axis)

    def hold(self) -> str:
        """Its state, which stays until the transaction ends: many may hold a round, and moving it on waits for them.

        FOR SHARE, which Django has no word for; a plain row lock would let only one annotator work at a time.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM projects_round WHERE id = %s FOR SHARE", [self.pk])
            return str(cursor.fetchone()[0])

    def _lock(self, expected: State) -> None:
        fresh = Round.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if fresh.state != expected:
            raise RoundNotReady(
                [_("The round is %(now)s, not %(then)s.") % {"now": fresh.get_state_display(), "then": expected.label}]
            )

    def _move(self, state: State, **fields: object) -> None:
        for name, value in {"state": state, **fields}.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *fields])


class RoundGuideline(models.Model):
    """The guideline version that a round was opened with, per axis."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    axis = models.CharField(max_length=20, choices=Axis)
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "axis"], name="one_guideline_an_axis")]

    def __str__(self) -> str:
        return f"{self.guideline} in {self.round}"


class PairPolicyEntry(models.Model):
    """A model version's share in a round's pairs, and the ranges its sampling is drawn from (uniformly)."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="policy")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT)
    weight = models.FloatField(default=1.0)
    temperature_low = models.FloatField(default=0.7)
    temperature_high = models.FloatField(default=1.0)
    top_p_low = models.FloatField(default=0.9)
    top_p_high = models.FloatField(default=0.95)

    class Meta:
        verbose_name_plural = "pair policy"
        constraints = [
            models.UniqueConstraint(fields=["round", "model_version"], name="one_entry_a_version"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="weight_is_positive"),
            models.CheckConstraint(
                condition=Q(temperature_low__gt=0)
                & Q(temperature_low__lte=F("temperature_high"))
                & Q(temperature_high__lte=2),
                name="temperatures_in_order",
                violation_error_message=gettext_lazy(
                    "Temperatures lie between 0 and 2, the low one not above the high one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(top_p_low__gt=0) & Q(top_p_low__lte=F("top_p_high")) & Q(top_p_high__lte=1),
                name="top_p_in_order",
                violation_error_message=gettext_lazy("Top-p lies between 0 and 1, the low one not above the high one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} × {self.weight:g} in {self.round}"
