"""What people agree to before they work, and that they may take it back."""

from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from labeling.cohorts.models.people import Person


class ConsentOutdated(Exception):
    """There is a newer version than the one that was read."""


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def newest(self) -> "ConsentText | None":
        """The one that everybody is asked for; nobody is asked for anything while there is none."""
        return self.order_by("-number").first()

    def write(self, number: int, text: str, by: Person) -> "ConsentText":
        """The next version. Raises ConsentOutdated where somebody else has written it meanwhile."""
        try:
            with transaction.atomic():
                return self.create(number=number, text=text, created_by=by)
        except IntegrityError:
            raise ConsentOutdated from None


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

    def agree(self, person: Person) -> None:
        """Twice is once. Raises ConsentOutdated where it is no longer the newest one."""
        if ConsentText.objects.newest() != self:
            raise ConsentOutdated
        Consent.objects.get_or_create(person=person, text=self, ended_at=None)
        Withdrawal.objects.filter(person=person, back_at=None).update(back_at=timezone.now())


class Consent(models.Model):
    """One person has agreed to one version. Rows are kept when they end."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "text"], condition=Q(ended_at=None), name="one_current_consent")
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym}: {self.text}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    @transaction.atomic
    def begin(self, person: Person) -> "Withdrawal":
        """They leave every cohort, and agree to nothing any more; twice is once."""
        for membership in person.memberships.filter(left_at=None).select_related("cohort"):
            membership.cohort.let_go(person)
        person.consents.filter(ended_at=None).update(ended_at=timezone.now())
        return self.get_or_create(person=person, back_at=None)[0]

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
