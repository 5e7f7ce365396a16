"""Somebody takes an exam: one sitting a part, by the server's clock."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.exams.models.exam import Exam, Item, Part
from labeling.exams.models.qualification import Grant
from labeling.exams.scoring import BEST, Mark, agreed, passes, score

GRACE = timedelta(seconds=5)  # what was sent in time may be under way for so long
LONGEST = 20_000  # characters of a text


class TimeOver(Exception):
    """The part is over: its time is up, or it was handed in. Nothing is saved any more."""


class MustAgree(Exception):
    """There is a text to agree to before anything is begun. What is being taken goes on."""


def new_seed() -> int:
    return random.SystemRandom().randrange(2**31)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def of(self, person: Person) -> Self:
        return self.filter(person=person)

    def overdue(self) -> Self:
        """With a part whose time is up and that nobody has handed in."""
        late = timezone.now() - GRACE
        return self.filter(sittings__finished_at=None, sittings__ends_at__lt=late).distinct()


class Attempt(models.Model):
    """One go at an exam. Each part is a sitting; between them no time runs."""

    class State(models.TextChoices):
        OPEN = "open", _("being taken")
        GRADING = "grading", _("waits for a grader")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attempts")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="taken")
    number = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField(default=new_seed, help_text="of the order in which items are shown")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "exam", "number"], name="one_attempt_a_number"),
            models.UniqueConstraint(fields=["person", "exam"], condition=Q(state="open"), name="one_attempt_at_a_time"),
            models.CheckConstraint(condition=Q(state="open") ^ Q(finished_at__isnull=False), name="ended_at_the_end"),
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym}: {self.exam}, {self.number}"

    def order(self, item: Item) -> list[int]:
        """Of what may be chosen, which stands at each place for this person: the same after every reload. A pair keeps
        its sides or changes them, and its steps with them."""
        order = list(item.answers)
        if item.fixed:
            return order
        draw = random.Random(f"{self.seed}:item:{item.pk}")  # noqa: S311 - no secret
        if item.kind == Item.Kind.PAIR:
            return order if draw.random() < 0.5 else order[::-1]
        draw.shuffle(order)
        return order

    def next_part(self) -> Part | None:
        """The first that they have not begun."""
        return self.exam.parts.exclude(sittings__attempt=self).order_by("number").first()

    def sitting(self) -> "Sitting | None":
        """The part that is being taken now."""
        return self.sittings.filter(finished_at=None).select_related("part").first()

    @transaction.atomic
    def begin_part(self) -> "Sitting | None":
        """The next part, whose time runs from now. From two tabs at once it begins once. Raises MustAgree."""
        attempt = Attempt.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=self.pk)
        part = attempt.next_part()
        if attempt.state != Attempt.State.OPEN or attempt.sitting() or part is None:
            return attempt.sitting()
        if attempt.person.must_agree:
            raise MustAgree
        now = timezone.now()
        ends_at = now + timedelta(minutes=part.minutes) if part.minutes else None
        return attempt.sittings.create(part=part, started_at=now, ends_at=ends_at)

    @transaction.atomic
    def settle(self) -> None:
        """Hand in what time is over for, at the moment it was."""
        for sitting in self.sittings.filter(finished_at=None, ends_at__lt=timezone.now() - GRACE):
            sitting.finish()

    @transaction.atomic
    def conclude(self) -> None:
        """Passed, failed, or waiting for grades. Whoever failed a part that is counted keeps no grader busy."""
        attempt = Attempt.objects.select_for_update(no_key=True).get(pk=self.pk)
        sittings = list(attempt.sittings.select_related("part"))
        ended = len(sittings) == attempt.exam.parts.count() and all(one.finished_at for one in sittings)
        lost = any(one.passed is False and one.part.must_pass for one in sittings)
        if attempt.state not in (Attempt.State.OPEN, Attempt.State.GRADING) or not (ended or lost):
            return
        if any(one.passed is False for one in sittings):
            attempt.state = Attempt.State.FAILED
        elif any(one.passed is None for one in sittings):
            attempt.state = Attempt.State.GRADING
        else:
            attempt.state = Attempt.State.PASSED
            terms = {"person": attempt.person, "qualification": attempt.exam.qualification, "ended_at": None}
            Grant.objects.get_or_create(**terms, defaults={"attempt": attempt})
        attempt.finished_at = attempt.finished_at or timezone.now()
        attempt.save(update_fields=["state", "finished_at"])


class Sitting(models.Model):
    """One part of one attempt, from its first minute to the moment it is handed in or its time is up."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="sittings")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="sittings")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    score = models.FloatField(null=True)
    passed = models.BooleanField(null=True, help_text="none until it is known")

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "part"], name="a_part_is_taken_once"),
            models.UniqueConstraint(fields=["attempt"], condition=Q(finished_at=None), name="one_part_at_a_time"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("started_at")), name="time_goes_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}, {self.part.title}"

    def is_over(self, now: datetime) -> bool:
        return self.finished_at is not None or (self.ends_at is not None and now > self.ends_at + GRACE)

    @property
    def seconds_left(self) -> int | None:
        """None without a limit."""
        return None if self.ends_at is None else max(0, round((self.ends_at - timezone.now()).total_seconds()))

    def items(self) -> list[Item]:
        """As this person sees them: in the same order after every reload, and in another one for everybody else."""
        items = list(self.part.counted().order_by("number"))
        if self.part.shuffled:
            random.Random(f"{self.attempt.seed}:{self.part_id}").shuffle(items)  # noqa: S311 - no secret
        return items

    @transaction.atomic
    def save_answer(self, item: Item, value: int | None = None, text: str = "") -> "Answer":
        """The last one counts; the same twice is one. Raises TimeOver, by the server's clock."""
        sitting = Sitting.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if sitting.is_over(timezone.now()):
            raise TimeOver
        said = {"value": value, "text": text if text.strip() else "", "saved_at": timezone.now()}
        return Answer.objects.update_or_create(attempt_id=self.attempt_id, item=item, defaults=said)[0]

    @transaction.atomic
    def finish(self) -> None:
        """Hand it in; from two tabs it is handed in once. What is graded by hand waits for that."""
        sitting = Sitting.objects.select_for_update(of=("self",)).select_related("part").get(pk=self.pk)
        if sitting.finished_at is None:
            now = timezone.now()
            sitting.finished_at = min(now, sitting.ends_at) if sitting.ends_at else now
            sitting.count()
        sitting.attempt.conclude()

    def count(self) -> None:
        """Score it, as far as it can be."""
        part, score_ = self.part, score(self.part.rule, self.marks(), self.part.at_least)
        self.score = score_
        self.passed = None if score_ is None else passes(score_, part.threshold, more_than=part.more_than)
        self.save(update_fields=["finished_at", "score", "passed"])

    def marks(self) -> list[Mark]:
        answers = Answer.objects.filter(attempt=self.attempt_id, item__part=self.part_id).prefetch_related("grades")
        given = {answer.item_id: answer for answer in answers}
        return [marked(item, given.get(item.pk), self.part) for item in self.part.counted()]


class AnswerQuerySet(models.QuerySet["Answer"]):
    def texts_for(self, grader: Person) -> Self:
        """Never one's own, and only of exams that are one's to grade."""
        exams = Exam.objects.graded_by(grader).order_by().values("pk")
        return self.filter(item__kind=Item.Kind.TEXT, attempt__exam__in=exams).exclude(attempt__person=grader)

    def to_grade(self, grader: Person) -> Self:
        """Texts of handed-in attempts that want a grade, the longest waiting first; none that one has graded before."""
        texts = self.texts_for(grader).filter(attempt__state=Attempt.State.GRADING).exclude(text="")
        others = texts.exclude(grades__grader=grader)
        counted = others.annotate(given=Count("grades"), spread=Max("grades__score") - Min("grades__score"))
        wanted = Q(given__lt=F("item__part__graders")) | Q(given=2, spread__gt=F("item__part__apart"))
        return counted.filter(wanted).order_by("attempt__finished_at", "pk")


class Answer(models.Model):
    """What a person answered to one item, as it was saved last. Frozen when the attempt ends; a trigger sees to it."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="given")
    value = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "item"], name="one_answer_an_item")]

    def __str__(self) -> str:
        return f"{self.attempt}, item {self.item_id}"

    @property
    def is_empty(self) -> bool:
        return self.value is None and not self.text

    @transaction.atomic
    def grade_with(self, grader: Person, score: int, remark: str) -> bool:
        """One more grade; False where none is wanted by now, or not this person's. The last one of an attempt decides
        it."""
        attempt = Attempt.objects.select_for_update(no_key=True).get(pk=self.attempt_id)
        if not Answer.objects.to_grade(grader).filter(pk=self.pk).exists():
            return False
        Grade.objects.create(answer=self, grader=grader, score=score, remark=remark)
        for sitting in attempt.sittings.filter(passed=None).select_related("part"):
            sitting.count()
        attempt.conclude()
        return True


def marked(item: Item, answer: Answer | None, part: Part) -> Mark:
    if answer is None or answer.is_empty:
        return Mark(weight=item.weight)
    grade = agreed([grade.score for grade in answer.grades.all()], graders=part.graders, apart=part.apart)
    return Mark(item.weight, True, answer.value in item.accepted, grade)


class Grade(models.Model):
    """What a person gave an answer, by the item's rubric."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="grades")
    grader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField()
    remark = models.TextField(blank=True, help_text="for the candidate")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__range=(1, BEST)), name="grade_is_one_to_five"),
            models.UniqueConstraint(fields=["answer", "grader"], name="everybody_grades_a_text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.answer}"
