"""The project, and who does what in it."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort, Person
from labeling.projects.gates import BY_DEFAULT, Gate
from labeling.projects.models import still
from labeling.projects.signals import work_over

if TYPE_CHECKING:
    from labeling.projects.models.round import Round

RESERVED_SLUGS = {"new"}  # /projects/new/ is the page that makes projects
GATE_LABELS = {
    Gate.IDENTICAL: _("both responses are the same"),
    Gate.NEAR_IDENTICAL: _("both responses are nearly the same"),
    Gate.EMPTY: _("a response is empty"),
    Gate.NAMES_MAKER: _("a response names its maker or model"),
    Gate.BROKEN: _("a response is broken text"),
    Gate.TRUNCATED: _("a response was cut off by the length limit"),
}


DEFAULT_WARNING = _(
    "This work is about harm. Prompts and responses may describe violence, hatred, abuse, crime or self-harm, and some "
    "are written to shock.\n\nYou need not do it: say no now or at any later time, and nothing counts against you. "
    "While you do it you can have texts blurred until you ask for them, pass on any pair, and tell your manager of "
    "whatever troubles you."
)


class Axis(models.TextChoices):
    """What two responses are compared for. Llama 2 collects the two apart, each with a guideline of its own."""

    HELPFULNESS = "helpfulness", _("Helpfulness")
    SAFETY = "safety", _("Safety")


class ProjectQuerySet(models.QuerySet["Project"]):
    def open_to(self, person: Person) -> Self:
        """Projects in which a cohort of this person is enrolled now."""
        current = Q(
            enrolments__cohort__memberships__person=person,
            enrolments__cohort__memberships__left_at__isnull=True,
        )
        return self.filter(current).distinct()

    def managed_by(self, person: Person) -> Self:
        if person.is_superuser:
            return self.all()
        return self.filter(roles__person=person, roles__kind=Role.Kind.MANAGER).distinct()

    def reviewed_by(self, person: Person) -> Self:
        """Those whose judgements and figures they may read; `only_reviewed` are what they do not manage as well."""
        managed = models.Exists(Project.objects.managed_by(person).filter(pk=models.OuterRef("pk")))
        reads = models.Exists(Role.objects.filter(project=models.OuterRef("pk"), person=person))
        return self.annotate(only_reviewed=~managed).filter(Q(only_reviewed=False) | reads)

    def only_reviewed_by(self, person: Person) -> Self:
        return self.reviewed_by(person).filter(Q(only_reviewed=True))

    @transaction.atomic
    def start(self, person: Person, name: str, **fields: Any) -> "Project":
        """A new project, with whoever starts it as its first manager. IntegrityError when its address is taken."""
        project = self.create(name=name, slug=Project.slug_of(name), **fields)
        project.roles.create(person=person, kind=Role.Kind.MANAGER)
        return project


def default_gates() -> list[str]:
    return [str(gate) for gate in BY_DEFAULT]


class Project(models.Model):
    """One question put to annotators, on one axis or both.

    What shapes the pairs people see (turns, pacing, gates, redraws) stays while a round is open; a trigger sees to it.
    """

    class Pacing(models.TextChoices):
        """How two responses arrive. The speed at which a model writes would tell which one it is."""

        SLOWER = "slower", _("both at the pace of the slower one")
        COMPLETE = "complete", _("both at once, when both are complete")
        OWN = "own", _("each at its own pace")

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    axes = ArrayField(models.CharField(max_length=20, choices=Axis))
    max_turns = models.PositiveSmallIntegerField(default=1, help_text=_("turns a dialogue may have"))
    max_prompt_chars = models.PositiveIntegerField(default=8000)
    allows_own_prompts = models.BooleanField(default=True)
    requires_comment = models.BooleanField(default=False)
    reasons = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    safety_reasons = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text=_("where there are both axes; empty: the same as for helpfulness"),
    )
    requires_reasons = models.BooleanField(default=False)
    pacing = models.CharField(max_length=10, choices=Pacing, default=Pacing.SLOWER)
    gates = ArrayField(
        models.CharField(max_length=20, choices=list(GATE_LABELS.items())), default=default_gates, blank=True
    )
    max_redraws = models.PositiveSmallIntegerField(
        default=3, help_text=_("how often a response that a gate stopped is drawn anew")
    )
    stock_low = models.PositiveSmallIntegerField(
        default=4, help_text=_("ready pairs in stock under which more are prepared")
    )
    stock_high = models.PositiveSmallIntegerField(
        default=12, help_text=_("ready pairs in stock at which preparing stops; 0: no stock")
    )
    max_passes = models.PositiveSmallIntegerField(
        default=5, help_text=_("pairs in a row that a person may pass on, before judging one or saying why")
    )
    overlap_share = models.PositiveSmallIntegerField(
        default=15, help_text=_("of 100 pairs, how many several people judge, where their cohorts ask for several")
    )
    most_extra = models.PositiveSmallIntegerField(
        default=1, help_text=_("people who are asked in addition, one by one, where the first disagree")
    )
    gold_share = models.PositiveSmallIntegerField(
        default=5, help_text=_("of 100 pairs that somebody gets, how many are such whose answer is known")
    )
    repeat_share = models.PositiveSmallIntegerField(
        default=3, help_text=_("of 100 pairs that somebody gets, how many they have judged before")
    )
    review_share = models.PositiveSmallIntegerField(
        default=10, help_text=_("of 100 judgements of each person, how many are drawn for reviewers to read")
    )
    warns = models.BooleanField(
        null=True, help_text=_("people agree to a content warning first; empty: where safety is judged")
    )
    warning = models.TextField(blank=True, help_text=_("empty: Tandem's own"))
    safety_per_day = models.PositiveSmallIntegerField(
        default=120,  # about four hours, half a working day, at two minutes a pair
        null=True,
        blank=True,
        help_text=_("pairs of safety work that a person sees a day, in all projects together; empty: no limit"),
    )
    stopped_at = models.DateTimeField(null=True, editable=False, help_text=_("no work is offered while it is stopped"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(axes__len__gte=1) & Q(axes__contained_by=Axis.values), name="project_has_axes"
            ),
            models.CheckConstraint(condition=Q(max_turns__gte=1), name="project_has_a_turn"),
            models.CheckConstraint(
                condition=Q(requires_reasons=False) | Q(reasons__len__gte=1),
                name="required_reasons_are_there",
                violation_error_message=_("Write down the reasons to choose from, or ask for none."),
            ),
            models.CheckConstraint(
                condition=Q(safety_per_day=None) | Q(safety_per_day__gte=1), name="some_safety_work_a_day"
            ),
            models.CheckConstraint(condition=Q(max_passes__gte=1), name="somebody_may_pass"),
            models.CheckConstraint(
                condition=Q(overlap_share__lte=100, gold_share__lte=100, repeat_share__lte=100, review_share__lte=100),
                name="shares_of_100",
            ),
            models.CheckConstraint(condition=Q(gates__contained_by=list(Gate)), name="gates_are_known"),
            models.CheckConstraint(
                condition=Q(stock_low__lte=models.F("stock_high")),
                name="stock_marks_in_order",
                violation_error_message=_("The low mark of the stock is not above its high mark."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def slug_of(name: str) -> str:
        """The address that a name makes; of a name without a Latin letter, a digest."""
        return slugify(name)[:50].strip("-") or f"project-{sha256(name.encode()).hexdigest()[:8]}"

    @staticmethod
    def slug_is_free(slug: str) -> bool:
        return slug not in RESERVED_SLUGS and not Project.objects.filter(slug=slug).exists()

    @transaction.atomic
    def stop(self) -> None:
        """Offer no work from now on and cancel what is being written. Judgements stay, and so does the open round."""
        still.hold(self.pk)
        running = Project.objects.filter(pk=self.pk, stopped_at=None)
        self.stopped_at = timezone.now()
        if running.update(stopped_at=self.stopped_at):
            for round_ in self.rounds.filter(state="open"):
                work_over.send(sender=type(round_), round_=round_)

    def resume(self) -> None:
        Project.objects.filter(pk=self.pk).update(stopped_at=None)
        self.stopped_at = None

    @transaction.atomic
    def enrol(self, cohort: Cohort, axes: list[str], **terms: Any) -> None:
        """On each of these axes. IntegrityError when it is enrolled on one of them already."""
        for axis in axes:
            self.enrolments.create(cohort=cohort, axis=axis, **terms)

    def axes_in_order(self) -> list[Axis]:
        """Helpfulness first: a response is read for what it offers before it is read for harm."""
        return [axis for axis in Axis if axis in self.axes]

    @property
    def has_warning(self) -> bool:
        return Axis.SAFETY in self.axes if self.warns is None else self.warns

    @property
    def content_warning(self) -> str:
        return self.warning or str(DEFAULT_WARNING)

    def reasons_for(self, axis: str) -> list[str]:
        """What may be ticked under a response that is judged on this axis."""
        own = self.safety_reasons if axis == Axis.SAFETY and len(self.axes) > 1 else []
        return own or self.reasons

    def current_round(self) -> "Round | None":
        """The one that is open, else the newest. Uses prefetched rounds."""
        rounds = sorted(self.rounds.all(), key=lambda round_: (round_.state == "open", round_.number))
        return rounds[-1] if rounds else None


class Role(models.Model):
    """What a person may do in a project beyond annotating."""

    class Kind(models.TextChoices):
        MANAGER = "manager", _("Manager")
        REVIEWER = "reviewer", _("Reviewer")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "person", "kind"], name="one_role_a_kind")]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_kind_display()} of {self.project}"


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def of(self, person: Person) -> Self:
        return self.filter(cohort__memberships__person=person, cohort__memberships__left_at__isnull=True).distinct()

    def counted(self) -> Self:
        """With `people`: how many are at work in the cohort now, and may sign in."""
        at_work = {"left_at": None, "paused_at": None, "person__is_active": True}
        inside = Q(**{f"cohort__memberships__{name}": value for name, value in at_work.items()})
        return self.annotate(people=models.Count("cohort__memberships", filter=inside))


class Enrolment(models.Model):
    """A cohort in a project, on one axis. `overlap` is how many people judge a comparison of one of its authors, of the
    share that the project has judged by several."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="enrolments")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="enrolments")
    axis = models.CharField(max_length=20, choices=Axis)
    overlap = models.PositiveSmallIntegerField(default=1)
    quota_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("judgements a person and day; empty: no limit")
    )
    quota_total = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("judgements of a person in all; empty: no limit")
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "project", "axis"], name="one_enrolment_an_axis"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="overlap_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} in {self.project}, {self.axis}"

    def clean(self) -> None:
        if self.project_id and self.axis and self.axis not in self.project.axes:
            raise ValidationError({"axis": _("The project has no such axis.")})
