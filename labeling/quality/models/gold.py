"""Answers that are certain."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison, Degree
from labeling.dialogues.models import Completion
from labeling.projects.models import Axis, Project, Round

KEPT = ("answers", "right", "trusted", "missed")  # figures that are counted in the background


class GoldQuerySet(models.QuerySet["GoldAnswer"]):
    def standing(self) -> Self:
        """Those that figures count."""
        return self.filter(retired_at=None)

    def in_use(self) -> Self:
        """Those that people are given."""
        return self.standing().filter(suspended_at=None)

    def suspects(self) -> Self:
        """Those that wait for somebody to say what is wrong: the answer, or the people."""
        return self.standing().exclude(suspended_at=None)


class GoldAnswer(models.Model):
    """What is to be chosen of a comparison, on an axis. No page of annotators reads it.

    An answer is right that chooses the same, by `least` or more, and on the safety axis labels both responses the same,
    where `chosen_safe` and `rejected_safe` say how.

    One that seems to be wrong is suspended: nobody is given it until somebody has confirmed or retired it. Once it is
    retired no figure counts it; once it was confirmed it is not suspended again. `answers`, of which so many are
    `right`, are all it was given; `trusted` are those of people who are right about other gold, of which so many have
    `missed` it.
    """

    class Origin(models.TextChoices):
        """Who says that it is certain."""

        ADJUDICATED = "adjudicated", _("adjudicated")
        AGREED = "agreed", _("everybody agreed")
        LIKELY = "likely", _("nearly certain by the annotator model")
        READ = "read", _("chosen by hand")

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="gold_answers", editable=False, help_text="the comparison's"
    )
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="gold_answers")
    axis = models.CharField(max_length=20, choices=Axis)
    chosen = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    least = models.PositiveSmallIntegerField(choices=Degree, default=Degree.NEGLIGIBLY)
    chosen_safe = models.BooleanField(null=True)
    rejected_safe = models.BooleanField(null=True)
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.READ)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    suspended_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    why_retired = models.TextField(blank=True)
    answers = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    trusted = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    objects = GoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "axis"], condition=Q(retired_at=None), name="one_gold_answer_an_axis"
            ),
            models.CheckConstraint(condition=Q(least__in=Degree.values), name="gold_has_a_degree"),
            models.CheckConstraint(
                condition=Q(axis="safety") | Q(chosen_safe=None, rejected_safe=None), name="gold_labels_are_of_safety"
            ),
            models.CheckConstraint(
                condition=Q(chosen_safe=None, rejected_safe=None)
                | Q(chosen_safe__isnull=False, rejected_safe__isnull=False),
                name="gold_labels_both_or_none",
            ),
            models.CheckConstraint(
                condition=~Q(chosen_safe=False, rejected_safe=True), name="gold_never_unsafe_over_safe"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="gold_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None, why_retired="")
                | (Q(retired_at__isnull=False, retired_by__isnull=False) & ~Q(why_retired="")),
                name="gold_retired_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at=None) | Q(confirmed_at=None), name="gold_confirmed_is_not_suspended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.project_id = self.comparison.project_id
        super().save(*args, **kwargs)

    @property
    def rejected(self) -> Completion:
        comparison = self.comparison
        return comparison.second if self.chosen_id == comparison.first_id else comparison.first

    def suspend(self) -> bool:
        """True for one caller, and never where somebody has confirmed or retired it."""
        doubtful = GoldAnswer.objects.in_use().filter(pk=self.pk, confirmed_at=None)
        return doubtful.update(suspended_at=timezone.now()) == 1

    def confirm(self, by: Person) -> bool:
        """It is right, whoever misses it, and people are given it again. False where it was retired meanwhile."""
        confirmed = {"suspended_at": None, "confirmed_at": timezone.now(), "confirmed_by": by}
        return GoldAnswer.objects.standing().filter(pk=self.pk).update(**confirmed) == 1

    def retire(self, by: Person, why: str) -> bool:
        """False where it was retired before: the first reason stays."""
        retired = {"retired_at": timezone.now(), "retired_by": by, "why_retired": why}
        return GoldAnswer.objects.standing().filter(pk=self.pk).update(**retired) == 1


class GoldCopy(models.Model):
    """A comparison of an earlier round as people are given it in this one, since a round takes judgements of its own
    comparisons alone. It has the same responses, and no author: nothing that is judged of it goes into any data set."""

    source = models.ForeignKey(Comparison, on_delete=models.PROTECT, db_index=False, related_name="gold_copies")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", help_text="of the copy")
    comparison = models.OneToOneField(Comparison, on_delete=models.PROTECT, related_name="gold_copy_of")

    class Meta:
        verbose_name_plural = "gold copies"
        constraints = [
            models.UniqueConstraint(fields=["source", "round"], name="one_gold_copy_a_round"),
            models.CheckConstraint(condition=~Q(source=models.F("comparison")), name="gold_copy_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.comparison_id} of {self.source_id}"
