"""The round: Llama 2's weekly batch. It freezes guidelines and pair policy, so that what it yields is one thing."""

import hashlib
import json
from typing import Any, Self

from django.db import OperationalError, connection, models, transaction
from django.db.models import F, Max, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.models import missing, still
from labeling.projects.models.material import GuidelineVersion, ModelVersion
from labeling.projects.models.missing import Missing
from labeling.projects.models.project import Axis, Project
from labeling.projects.models.prompts import PromptSet
from labeling.projects.signals import round_closed, work_over

NUMBERS = 0x7A24  # of PostgreSQL's advisory locks: rounds of a project get their numbers one after the other
PATIENCE = "10s"  # of whoever wants a number while a file that gets one is stored
NOT_AVAILABLE = "55P03"  # what PostgreSQL says when that is over


class RoundNotReady(Exception):
    """The round cannot take this step; `missing` says in words what to do first."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(" ".join(map(str, missing)))
        self.missing = missing


class ChangedMeanwhile(Exception):
    """The draft, a guideline or the project's settings are no longer what the page showed."""


class RoundQuerySet(models.QuerySet["Round"]):
    @transaction.atomic
    def draft(self, project: Project, like: "Round | None" = None) -> "Round":
        """The project's next round, with the settings and the pair policy of another one as a start. Raises
        RoundNotReady as `hold_numbers` does."""
        draft = self.create(project=project, number=self.next_number(project), **like.settings() if like else {})
        if like:
            draft.revise(list(like.policy.order_by("pk")))
        return draft

    @transaction.atomic
    def bring_in(self, project: Project) -> "Round":
        """The project's next one, of what was judged elsewhere: in review at once, and closed as any other."""
        terms = {"imported": True, "state": Round.State.REVIEW, "opened_at": timezone.now()}
        return self.create(project=project, number=self.next_number(project), **terms)

    def next_number(self, project: Project) -> int:
        self.hold_numbers(project)
        last: int = self.filter(project=project).aggregate(number=Max("number"))["number"] or 0
        return last + 1

    def hold_numbers(self, project: Project) -> None:
        """Nobody else numbers a round of it until the transaction ends. Without its row, to which those refer who judge
        in it: a file may be stored for minutes. Raises RoundNotReady where that is so."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBERS, project.pk])
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != NOT_AVAILABLE:
                raise
            said = _("A file is being brought in that gets the next round. Try again once it is stored.")
            raise RoundNotReady([Missing(said)]) from error

    def listed(self) -> Self:
        """The newest first, with their policies."""
        policy = PairPolicyEntry.objects.select_related("model_version").order_by("pk")
        return self.order_by("-number").prefetch_related(Prefetch("policy", policy))


class Round(models.Model):
    """draft → open → review → closed, never back."""

    SETTINGS = ("prompt_set", "two_different_versions", "max_new_tokens", "target", "prompt_uses")

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
    prompt_uses = models.PositiveIntegerField(
        null=True, blank=True, help_text="conversations that may begin with one prompt of the set; empty: one a person"
    )
    imported = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="what was judged elsewhere; no pairs are made in it"
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    guidelines = models.ManyToManyField(GuidelineVersion, through="RoundGuideline", editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["project", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="open"), name="one_open_round_a_project"),
            models.CheckConstraint(condition=Q(max_new_tokens__gte=1), name="round_allows_tokens"),
            models.CheckConstraint(condition=Q(prompt_uses=None) | Q(prompt_uses__gte=1), name="prompts_may_be_used"),
        ]

    def __str__(self) -> str:
        return f"{self.project}, round {self.number}"

    def missing(self) -> list[Missing]:
        """What must be done before this draft can be opened."""
        return missing.to_do(self)

    def advice(self) -> list[Missing]:
        """What would leave an open round without work or people."""
        return missing.advice(self)

    def settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.SETTINGS}

    def own_terms(self) -> str:
        """A short name for the settings and the policy as they are. A page sends back the one it was made with, so that
        nobody overwrites what a colleague has changed meanwhile."""
        policy = self.policy.order_by("pk").values_list("model_version", *PairPolicyEntry.NUMBERS)
        return digest([self.serializable_value(name) for name in self.SETTINGS], list(policy))

    def terms(self) -> str:
        """The same for all that opening freezes, so that nobody opens what they have not seen."""
        project = self.project
        newest = {guideline.axis: guideline.number for guideline in project.guidelines.order_by("number")}
        pairs = [project.max_turns, project.pacing, project.gates, project.max_redraws]
        return digest(self.own_terms(), [newest.get(axis) for axis in project.axes_in_order()], pairs)

    @transaction.atomic
    def revise(self, policy: list["PairPolicyEntry"], seen: str | None = None, **settings: Any) -> None:
        """Settings and pair policy of a draft, as a whole; `seen` is None for who shows no page. Raises
        ChangedMeanwhile when its own terms are no longer those that were seen, RoundNotReady when it is no draft."""
        self._lock(Round.State.DRAFT)
        if seen is not None and seen != self.own_terms():
            raise ChangedMeanwhile
        for name, value in settings.items():
            setattr(self, name, value)
        self.save(update_fields=list(settings))
        if [entry.terms() for entry in policy] != [entry.terms() for entry in self.policy.order_by("pk")]:
            self.policy.all().delete()
            for entry in policy:
                entry.pk, entry.round = None, self
            self.policy.bulk_create(policy)

    @transaction.atomic
    def discard(self) -> None:
        """A draft leaves nothing behind."""
        self._lock(Round.State.DRAFT)
        self.policy.all().delete()
        self.delete()

    @transaction.atomic
    def open(self, seen: str | None = None) -> None:
        """Freezes the newest guideline of each axis. RoundNotReady says what is missing, ChangedMeanwhile that the
        terms are no longer those that were `seen`."""
        self._lock(Round.State.DRAFT)
        Project.objects.select_for_update().get(pk=self.project_id)  # after its round, as whoever holds both locks them
        if seen is not None and seen != self.terms():
            raise ChangedMeanwhile
        if lacking := self.missing():
            raise RoundNotReady(lacking)
        for axis in self.project.axes_in_order():
            newest = self.project.guidelines.filter(axis=axis).latest("number")
            RoundGuideline.objects.create(round=self, axis=axis, guideline=newest)
        self._move(Round.State.OPEN, opened_at=timezone.now())

    @transaction.atomic
    def review(self) -> None:
        still.hold(self.project_id)
        self._lock(Round.State.OPEN)
        self._move(Round.State.REVIEW)
        work_over.send(sender=Round, round_=self)

    @transaction.atomic
    def close(self) -> None:
        still.hold(self.project_id)
        self._lock(Round.State.REVIEW)
        self._move(Round.State.CLOSED, closed_at=timezone.now())
        round_closed.send(sender=Round, round_=self)

    def hold_open(self) -> bool:
        """Whether it takes work now, which stays so until the transaction ends.

        Many may hold a round at once; moving it on, or stopping its project, waits for them. FOR SHARE, which Django
        has no word for; a plain row lock would let only one annotator work at a time.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT round.state = 'open' AND project.stopped_at IS NULL FROM projects_round round "
                "JOIN projects_project project ON project.id = round.project_id WHERE round.id = %s "
                "FOR SHARE OF round, project",
                [self.pk],
            )
            return bool(cursor.fetchone()[0])

    def _lock(self, expected: State) -> None:
        """Nobody else moves or revises it until the transaction ends; what is here is what the database has."""
        if not Round.objects.select_for_update(of=("self",)).filter(pk=self.pk):
            raise RoundNotReady([Missing(_("Somebody has deleted this draft."))])
        self.refresh_from_db()
        if self.state != expected:
            then = {"now": self.get_state_display(), "then": expected.label}
            raise RoundNotReady([Missing(_("The round is %(now)s, not %(then)s.") % then)])

    def _move(self, state: State, **fields: object) -> None:
        for name, value in {"state": state, **fields}.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *fields])


def digest(*terms: object) -> str:
    return hashlib.sha256(json.dumps(terms).encode()).hexdigest()[:16]


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

    NUMBERS = ("weight", "temperature_low", "temperature_high", "top_p_low", "top_p_high")

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

    def terms(self) -> list[Any]:
        return [self.model_version_id, *(getattr(self, name) for name in self.NUMBERS)]
