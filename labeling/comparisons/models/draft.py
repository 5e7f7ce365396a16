"""What somebody has entered and not sent yet."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from labeling.cohorts.models import Person


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, person: Person) -> Self:
        """The newest first. A draft is nobody else's, managers included."""
        return self.filter(person=person).order_by("-saved_at", "-pk")

    def old(self) -> Self:
        return self.filter(saved_at__lt=timezone.now() - Draft.LIFETIME)

    def drop(self, person: Person, form: str, ago: timedelta = timedelta(0)) -> None:
        """Because it was sent, or begun anew, so long ago; what was entered since on another machine stays."""
        self.filter(person=person, form=form, saved_at__lt=timezone.now() - ago + Draft.LATE).delete()


class Draft(models.Model):
    """One form as its person left it. The pages read it, nothing else does.

    `form` names the form and what it begins from, an answer that is changed for instance: once that is another one,
    the draft fits no form any more, and waits for its end unseen.
    """

    MOST: ClassVar = 20  # a person
    LONGEST: ClassVar = 100_000  # characters
    LATE: ClassVar = timedelta(seconds=30)  # that a save may be under way; the page reckons with it too
    LIFETIME: ClassVar = timedelta(days=14)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=200)
    entered = models.TextField(help_text="[[name, value], …] of its fields, as JSON")
    saved_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "form"], name="one_draft_a_form"),
            models.CheckConstraint(condition=LessThanOrEqual(Length("entered"), 100_000), name="drafts_are_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.form} of {self.person}"

    @staticmethod
    def keep(person: Person, form: str, entered: str) -> None:
        """In place of what was entered in this form before; the oldest go where somebody has too many."""
        Draft.objects.bulk_create(
            [Draft(person=person, form=form, entered=entered)],
            update_conflicts=True,
            unique_fields=["person", "form"],
            update_fields=["entered", "saved_at"],
        )
        newest = Draft.objects.of(person).values("pk")[: Draft.MOST]
        Draft.objects.filter(person=person).exclude(pk__in=newest).delete()
