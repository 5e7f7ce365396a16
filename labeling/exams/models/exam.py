"""An exam: parts with a threshold each, and items that carry all their texts themselves."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import Cohort, Person
from labeling.exams.models.qualification import Qualification, Requirement
from labeling.exams.scoring import BEST, Rule, passes
from labeling.projects.models import Project

STEPS = 8  # of the scale on which a pair is judged: 1 is "A is significantly better", 8 the same of B
RULES = [
    (str(Rule.SHARE), gettext_lazy("per cent right")),
    (str(Rule.COUNT), gettext_lazy("number right")),
    (str(Rule.MEAN), gettext_lazy("mean grade")),
]


class ExamQuerySet(models.QuerySet["Exam"]):
    def offered(self) -> Self:
        return self.filter(published_at__isnull=False, retired_at=None)

    def in_state(self, state: str) -> Self:
        """As `Exam.state` says it of each."""
        return {
            "retired": self.exclude(retired_at=None),
            "published": self.offered(),
            "draft": self.filter(published_at=None, retired_at=None),
        }[state]

    def open_to(self, person: Person) -> Self:
        """Those offered to a cohort of this person, or that lead to what their projects ask for."""
        asked = Requirement.objects.of(person).filter(
            qualification__name=OuterRef("qualification__name"),
            qualification__version__lte=OuterRef("qualification__version"),
        )
        invited = Q(cohorts__memberships__person=person, cohorts__memberships__left_at=None)
        return self.offered().filter(Exists(asked) | invited).distinct()

    def graded_by(self, person: Person) -> Self:
        """Those whose texts this person may read and grade: staff all; others those that they wrote, that give what a
        project of theirs asks for, or that are offered to a cohort of such a project."""
        if person.is_staff or person.is_superuser:
            return self
        theirs = Project.objects.reviewed_by(person).values("pk")
        asked = Requirement.objects.filter(qualification__name=OuterRef("qualification__name"), project__in=theirs)
        offered = Cohort.objects.filter(exams=OuterRef("pk"), enrolments__project__in=theirs)
        return self.filter(Exists(asked) | Exists(offered) | Q(created_by=person))

    def seen_by(self, person: Person) -> Self:
        """Those, and what they have taken, whatever has become of it."""
        open_ = self.open_to(person).order_by().values("pk")
        return self.filter(Q(pk__in=open_) | Q(taken__person=person)).distinct()


class Exam(models.Model):
    """Once published it never changes, and neither do its parts and items (triggers see to it): a change is a new
    version. Only who may take it, and until when, is not frozen.

    `after` makes it a shorter one for people who hold an earlier qualification: a retest, or the next of a row.
    """

    name = models.CharField(max_length=100)
    version = models.PositiveSmallIntegerField()
    source = models.TextField(help_text="the file it was made of")
    before_removal = models.TextField(
        blank=True, help_text="that of a draft out of which something was taken, until something else is changed"
    )
    instructions = models.TextField(blank=True)
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="exams")
    after = models.ForeignKey(Qualification, on_delete=models.PROTECT, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(help_text="how many a person has")
    cooling_off_hours = models.PositiveIntegerField(help_text="from the end of one attempt to the next")
    cohorts = models.ManyToManyField(Cohort, related_name="exams", blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True, help_text="nobody begins it any more")

    objects = ExamQuerySet.as_manager()

    class Meta:
        ordering = ["name", "version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_exam_a_version"),
            models.CheckConstraint(condition=Q(attempts__gte=1), name="exam_can_be_attempted"),
        ]

    def __str__(self) -> str:
        return self.name if self.version == 1 else f"{self.name}, version {self.version}"

    @property
    def state(self) -> str:
        if self.retired_at:
            return "retired"
        return "published" if self.published_at else "draft"

    @transaction.atomic
    def publish(self) -> bool:
        """People take it from now on, and nothing of it changes. False when it was before, or while it is unfinished.

        The row is held meanwhile: nobody takes out what a part needs."""
        draft = Exam.objects.select_for_update(no_key=True).filter(pk=self.pk, published_at=None).first()
        if draft is None or draft.missing():
            return False
        draft.published_at = self.published_at = timezone.now()
        draft.before_removal = ""
        draft.save(update_fields=["published_at", "before_removal"])
        return True

    def missing(self) -> list[str]:
        """What this draft lacks before anybody can take and pass it."""
        parts = list(self.parts.annotate(asks=Count("items", filter=Q(items__practice=False))).order_by("number"))
        if not parts:
            return [_("Add a part: so far it asks nothing.")]
        return [f"{_('Part')} {part.number}: {part.lacks(part.asks)}" for part in parts if part.lacks(part.asks)]

    def retire(self) -> None:
        """Nobody begins it any more; who has begun may finish, and what was passed holds."""
        Exam.objects.filter(pk=self.pk, retired_at=None).update(retired_at=timezone.now())

    def discard(self) -> bool:
        """A draft that nobody needs. False when it is published."""
        return Exam.objects.filter(pk=self.pk, published_at=None).delete()[0] > 0


class Part(models.Model):
    """Taken in one go, within its minutes. `must_pass`: who does not pass it does not get to the next one."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=100)
    instructions = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, help_text="none: no limit")
    rule = models.CharField(max_length=10, choices=RULES)
    threshold = models.FloatField(help_text="per cent, number or grade, as the rule says")
    more_than = models.BooleanField(default=False, help_text="the threshold itself is not enough")
    must_pass = models.BooleanField(default=False)
    at_least = models.PositiveSmallIntegerField(null=True, help_text="how many of its items to answer; none: all")
    shuffled = models.BooleanField(default=True)
    graders = models.PositiveSmallIntegerField(default=1, help_text="people who grade each text, one or two")
    apart = models.PositiveSmallIntegerField(
        default=1, help_text="by how much two grades may differ before a third person grades"
    )

    class Meta:
        ordering = ["exam", "number"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "number"], name="one_part_a_number"),
            models.CheckConstraint(condition=Q(minutes=None) | Q(minutes__gte=1), name="part_has_time"),
            models.CheckConstraint(
                condition=Q(must_pass=False) | ~Q(rule=Rule.MEAN), name="nobody_waits_for_a_grade_between_parts"
            ),
            models.CheckConstraint(
                condition=Q(graders=1) | Q(graders=2, rule=Rule.MEAN), name="one_or_two_grade_where_people_grade"
            ),
            models.CheckConstraint(condition=Q(at_least=None) | Q(rule=Rule.MEAN), name="choice_only_of_texts"),
            models.CheckConstraint(condition=~Q(rule=Rule.MEAN) | Q(threshold__lte=BEST), name="mean_can_be_reached"),
            models.CheckConstraint(condition=~Q(rule=Rule.SHARE) | Q(threshold__lte=100), name="share_can_be_reached"),
        ]

    def __str__(self) -> str:
        return f"{self.exam}: {self.title}"

    @property
    def graded_by_hand(self) -> bool:
        return self.rule == Rule.MEAN

    def counted(self) -> "models.QuerySet[Item]":
        return self.items.filter(practice=False)

    def lacks(self, asks: int) -> str:
        """In words, what keeps anybody from passing it, where so many of its items count; empty where nothing does."""
        if not asks:
            return _("It has no item that counts.")
        if (self.at_least or 0) > asks:
            return _("It asks for more answers than it has items.")
        best = {Rule.SHARE: 100, Rule.COUNT: asks, Rule.MEAN: BEST}[Rule(self.rule)]
        if not passes(best, self.threshold, more_than=self.more_than):
            return _("Nobody can pass it: it takes more than there is.")
        return ""


class Item(models.Model):
    """One thing that is asked. `accepted` are the right answers: options by number, or steps of the scale of a pair.

    Those for practice are shown with what is right and why; they count for nothing and are never in an attempt.
    """

    class Kind(models.TextChoices):
        CHOICE = "choice", gettext_lazy("choice")
        PAIR = "pair", gettext_lazy("judgement of a pair")
        TEXT = "text", gettext_lazy("text")

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    question = models.TextField(help_text="Markdown; of a pair, the prompt")
    options = ArrayField(models.TextField(), default=list)
    first = models.TextField(blank=True)
    second = models.TextField(blank=True)
    accepted = ArrayField(models.PositiveSmallIntegerField(), default=list)
    rubric = models.TextField(blank=True, help_text="what graders go by")
    why = models.TextField(blank=True, help_text="said after practice")
    weight = models.PositiveSmallIntegerField(default=1)
    practice = models.BooleanField(default=False)
    fixed = models.BooleanField(
        default=False, help_text="its options stay in their order, and a pair's responses on their sides"
    )

    class Meta:
        ordering = ["part", "number"]
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="one_item_a_number"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="item_weighs_something"),
            models.CheckConstraint(
                condition=Q(kind="choice", options__len__gte=2, accepted__len__gte=1)
                | Q(kind="pair", options=[], accepted__len__gte=1) & ~Q(first="") & ~Q(second="")
                | Q(kind="text", options=[], accepted=[]) & ~Q(rubric=""),
                name="item_has_what_its_kind_needs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part}, {self.number}"

    @property
    def answers(self) -> range:
        """What may be chosen."""
        return range(1, 1 + (STEPS if self.kind == Item.Kind.PAIR else len(self.options)))
