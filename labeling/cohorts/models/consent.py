"""What people agree to before they work, and that they may take it back."""

from typing import Any, Self

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from labeling.cohorts.models.people import Person
from labeling.cohorts.signals import withdrew


class ConsentOutdated(Exception):
    """There is a newer version than the one that was read."""


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def newest(self) -> "ConsentText | None":
        """The one that everybody is asked for; nobody is asked for anything while there is none."""
        return self.order_by("-number").first()

    @transaction.atomic
    def write(self, number: int, text: str, by: Person) -> "ConsentText":
        """The next version: everybody is asked anew. Raises ConsentOutdated where somebody else wrote it meanwhile, or
        the number is another one.

        Whoever is being added in this moment is waited for, so that they are asked as well: the trigger that says so of
        new people shares the lock.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cohorts_consenttext'))")
        newest = self.newest()
        if number != (newest.number + 1 if newest else 1):
            raise ConsentOutdated
        written = self.create(number=number, text=text, created_by=by)
        Person.objects.update(must_agree=True)  # those too who have yet to agree: whoever does so now waits
        return written


class ConsentText(models.Model):
    """One version of what everybody in the installation agrees to. The database refuses to change one."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consent_texts")

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"version {self.number}"

    def read_before_by(self, person: Person) -> "ConsentText | None":
        """The newest of those before it that this person has agreed to."""
        return ConsentText.objects.filter(number__lt=self.number, consents__person=person).order_by("-number").first()


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)

    @transaction.atomic
    def give(self, person: Person, text: ConsentText | None) -> None:
        """To the text that was read, None where there is none; twice is once. What they do from now on counts.

        The person is held: whoever writes a newer text waits, and asks them anew. Raises ConsentOutdated where there is
        one already.
        """
        Person.objects.filter(pk=person.pk).update(must_agree=False)
        if ConsentText.objects.newest() != text:
            raise ConsentOutdated
        if text:
            self.get_or_create(person=person, text=text, ended_at=None)
        Withdrawal.objects.current().filter(person=person).update(back_at=timezone.now())


class Consent(models.Model):
    """One person has agreed to one version. Rows are kept when they end."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "text"], condition=Q(ended_at=None), name="one_current_consent")
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym}: {self.text}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def current(self) -> Self:
        return self.filter(back_at=None)

    @transaction.atomic
    def begin(self, person: Person) -> None:
        """They leave every cohort, and agree to nothing any more; twice is once."""
        for membership in person.memberships.current().select_related("cohort"):
            membership.cohort.let_go(person)
        person.consents.current().update(ended_at=timezone.now())
        self.get_or_create(person=person, back_at=None)
        Person.objects.filter(pk=person.pk).update(must_agree=True)
        withdrew.send(sender=Withdrawal, person=person)

    def of_work_at(self, person: Any, when: Any) -> Self:
        """Those by which what this person did then is withdrawn; both may be expressions."""
        return self.filter(Q(back_at=None) | Q(back_at__gt=when), person=person)


class Withdrawal(models.Model):
    """A person has taken back what they agreed to: all they did until they agree anew is in no data set any more."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="withdrawals")
    withdrawn_at = models.DateTimeField(default=timezone.now)
    back_at = models.DateTimeField(null=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(back_at=None), name="one_current_withdrawal"),
            models.CheckConstraint(
                condition=Q(back_at=None) | Q(back_at__gte=F("withdrawn_at")), name="back_after_withdrawal"
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal of {self.person.pseudonym}"
