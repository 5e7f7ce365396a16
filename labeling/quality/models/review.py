"""What reviewers decide about judgements."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Project


class ReviewQuerySet(models.QuerySet["Review"]):
    def standing(self) -> Self:
        """The last word on a judgement, where it is a decision."""
        later = Review.objects.filter(judgement=OuterRef("judgement"), number__gt=OuterRef("number"))
        return self.exclude(decision=Review.Decision.TAKEN_BACK).exclude(Exists(later))


class Review(models.Model):
    """One decision about one revision of what somebody said, or that it is taken back. Rows are only ever added; a
    trigger sees to it.

    Those of a judgement are numbered: odd ones decide, even ones take back the one before. So one decision stands at
    most, and of two reviewers who decide at once the database refuses one.
    """

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("sent back")
        TAKEN_BACK = "taken_back", _("taken back")

    class To(models.TextChoices):
        """Who is asked in place of what was rejected."""

        SAME = "same", _("the same person")
        OTHER = "other", _("somebody else")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, db_index=False, related_name="+")
    judgement = models.ForeignKey(Judgement, on_delete=models.PROTECT, db_index=False, related_name="reviews")
    number = models.PositiveSmallIntegerField(default=1)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, db_index=False, related_name="reviewed", help_text="whose judgement it is"
    )
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision)
    to = models.CharField(max_length=5, choices=To, blank=True)
    reason = models.TextField(blank=True)
    rework = models.ForeignKey(
        Assignment, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_index=False
    )  # which is no more once this is taken back
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judgement", "number"], name="one_decision_stands"),
            models.CheckConstraint(
                condition=Q(Exact(F("number") % 2, 0), decision="taken_back")
                | Q(Exact(F("number") % 2, 1), ~Q(decision="taken_back")),
                name="odd_reviews_decide",
            ),
            models.CheckConstraint(
                condition=Q(~Q(reason=""), decision="rejected", to__in=["same", "other"])
                | Q(~Q(decision="rejected"), reason="", to="", rework=None),
                name="rejected_for_a_reason",
            ),
            models.CheckConstraint(condition=~Q(person=F("reviewer")), name="nobody_reviews_themselves"),
        ]
        indexes = [models.Index(fields=["person", "project", "-id"], name="reviews_of_a_person")]

    def __str__(self) -> str:
        return f"{self.decision}: {self.judgement}"
