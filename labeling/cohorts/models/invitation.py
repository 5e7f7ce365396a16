"""Links that let people into a cohort: one for many, or one for a single address."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models.people import Cohort, Membership, Person
from labeling.cohorts.models.sign_in_link import digest
from labeling.cohorts.signals import joins


class InvitationClosed(Exception):
    """It lets nobody in any more, or not this person."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), used__lt=F("limit"))

    def in_state(self, state: str) -> Self:
        """As `Invitation.state` says it of each."""
        left, stands, current = Q(used__lt=F("limit")), Q(revoked_at=None), Q(expires_at__gt=timezone.now())
        states = Invitation.State
        of = {states.USED_UP: ~left, states.REVOKED: left & ~stands, states.EXPIRED: left & stands & ~current}
        return self.filter(of[states(state)]) if state != states.OPEN else self.open()

    def find(self, token: str) -> "Invitation | None":
        """Only while it is open: of one that is not, nobody learns whether it ever was."""
        return self.open().select_related("cohort", "invited_by").filter(digest=digest(token)).first()

    def to_be_mailed(self) -> Self:
        return self.open().filter(mail=Invitation.Mail.WAITING)

    def for_many(
        self, cohort: Cohort, by: Person, *, expires_at: datetime, limit: int, key: uuid.UUID | None = None
    ) -> str:
        """The token, of which only the digest is stored: it is shown now, or to who sends the same form again."""
        key = key or uuid.uuid4()
        token = token_of(key, cohort, by)
        terms = {"invited_by": by, "digest": digest(token), "expires_at": expires_at, "limit": limit}
        self.get_or_create(key=key, cohort=cohort, email="", defaults=terms)
        return token

    @transaction.atomic
    def personal(
        self,
        cohort: Cohort,
        by: Person,
        addresses: Iterable[str],
        *,
        expires_at: datetime,
        by_mail: bool = False,
        key: uuid.UUID | None = None,
    ) -> list[tuple[str, str]]:
        """A token for each of these addresses, in small letters, whose earlier links end. Whoever is in gets none.

        One that goes by mail gets another token when it is sent, and this one is of no use to anybody. A form sent
        twice has the same key: the second one makes nothing, and its tokens are the same."""
        key = key or uuid.uuid4()
        Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
        inside = {email.lower() for email in cohort.memberships.current().values_list("person__email", flat=True)}
        tokens = [(address, token_of(key, cohort, by, address)) for address in addresses if address not in inside]
        made = set(self.filter(cohort=cohort, key=key).values_list("email", flat=True))
        new = [(address, token) for address, token in tokens if address not in made]
        before = self.filter(cohort=cohort, email__in=[address for address, _token in new])
        before.filter(revoked_at=None, used=0).update(revoked_at=timezone.now())
        common: dict[str, Any] = {"cohort": cohort, "invited_by": by, "expires_at": expires_at, "limit": 1, "key": key}
        common["mail"] = Invitation.Mail.WAITING if by_mail else Invitation.Mail.NONE
        Invitation.objects.bulk_create(
            [Invitation(**common, email=address, digest=digest(token)) for address, token in new]
        )
        return tokens


def token_of(key: uuid.UUID, cohort: Cohort, by: Person, address: str = "") -> str:
    """The same for the same form, person and address; to be computed only by who has this installation's secret."""
    return salted_hmac("invitation", f"{key} {cohort.pk} {by.pk} {address}", algorithm="sha256").hexdigest()


class Invitation(models.Model):
    """Whoever comes by its link joins the cohort, with an account of theirs or a new one, as an annotator."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        USED_UP = "used up", _("used up")
        EXPIRED = "expired", _("expired")
        REVOKED = "revoked", _("revoked")

    class Mail(models.TextChoices):
        NONE = "none", _("passed on as a link")
        WAITING = "waiting", _("waits to be sent by mail")
        SENT = "sent", _("sent by mail")
        REFUSED = "refused", _("refused by the mail server")

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(blank=True, help_text="in small letters, of the only person it lets in")
    digest = models.CharField(max_length=64, unique=True)
    key = models.UUIDField(null=True, help_text="of the form that made it; sent twice it makes one")
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    limit = models.PositiveIntegerField(default=1, help_text="how many it lets in")
    used = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.NONE)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("limit"), limit__gte=1), name="invitation_within_its_limit"),
            models.CheckConstraint(condition=Q(email="") | Q(limit=1), name="personal_invitation_for_one"),
            models.UniqueConstraint(
                fields=["cohort", "email"],
                condition=Q(revoked_at=None, used=0) & ~Q(email=""),
                name="one_open_invitation_an_address",
            ),
            models.UniqueConstraint(fields=["key", "cohort", "email"], name="one_invitation_a_form"),
        ]
        indexes = [
            models.Index(fields=["cohort", "-id"], name="invitations_of_a_cohort"),
            models.Index(fields=["id"], condition=Q(mail="waiting"), name="invitations_to_be_mailed"),
        ]

    def __str__(self) -> str:
        return f"invitation to {self.cohort}"

    @property
    def state(self) -> State:
        if self.used >= self.limit:
            return self.State.USED_UP
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.OPEN if self.is_current else self.State.EXPIRED

    @property
    def is_current(self) -> bool:
        return self.expires_at > timezone.now()

    def is_for(self, email: str) -> bool:
        return not self.email or self.email == email.lower()

    @transaction.atomic
    def let_in(self, person: Person) -> None:
        """Into the cohort; whoever is in it already uses nothing up. Raises InvitationClosed.

        The row is held, so that however many come at once, no more of them get in than the limit says.
        """
        held = Invitation.objects.open().select_for_update(of=("self",)).filter(pk=self.pk).first()
        if held is None or not held.is_for(person.email):
            raise InvitationClosed
        if Membership.objects.get_or_create(cohort=held.cohort, person=person, left_at=None)[1]:
            held.used += 1
            held.save(update_fields=["used"])

    @transaction.atomic
    def sign_up(self, person: Person) -> None:
        """The same for somebody who is new: there is no account without a place. Raises InvitationClosed, and
        IntegrityError where somebody has the address."""
        person.pk = Person.objects.next_key()
        joins.send(sender=Invitation, person=person.pk)
        person.save(force_insert=True)
        self.let_in(person)

    def renew(self) -> str:
        """A token in place of the one before."""
        token = secrets.token_urlsafe(32)
        self.digest = digest(token)
        self.save(update_fields=["digest"])
        return token

    def revoke(self) -> bool:
        """False where it was so already, or lets nobody in anyway."""
        return Invitation.objects.open().filter(pk=self.pk).update(revoked_at=timezone.now()) == 1

    @transaction.atomic
    def restore(self) -> bool:
        """Take that back. Raises IntegrityError where the same address has been sent another one since."""
        ended = Invitation.objects.filter(pk=self.pk, used__lt=F("limit"), expires_at__gt=timezone.now())
        return ended.exclude(revoked_at=None).update(revoked_at=None) == 1
