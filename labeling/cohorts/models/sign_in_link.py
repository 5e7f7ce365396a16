"""Links that sign one person in."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils import timezone

from labeling.cohorts.models.people import Person


class SignInLinkManager(models.Manager["SignInLink"]):
    def issue(self, person: Person) -> str:
        """A fresh token for this person; only its digest is stored, so the caller must show it now or never."""
        token = secrets.token_urlsafe(32)
        self.create(person=person, digest=digest(token), expires_at=timezone.now() + SignInLink.LIFETIME)
        return token

    def issue_all(self, people: Iterable[Person]) -> list[tuple[Person, str]]:
        tokens = [(person, secrets.token_urlsafe(32)) for person in people]
        until = timezone.now() + SignInLink.LIFETIME
        self.bulk_create(
            [SignInLink(person=person, digest=digest(token), expires_at=until) for person, token in tokens]
        )
        return tokens

    def find(self, token: str) -> "SignInLink | None":
        return self.select_related("person").filter(digest=digest(token)).first()


class SignInLink(models.Model):
    """Signs one person in once, without a password: for a first visit, or when no mail server is at hand."""

    LIFETIME = timedelta(hours=24)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = SignInLinkManager()

    def __str__(self) -> str:
        return f"link for {self.person}"

    @property
    def state(self) -> str:
        """valid, used or expired; a link of somebody who may no longer sign in counts as expired."""
        if self.used_at:
            return "used"
        return "valid" if self.expires_at > timezone.now() and self.person.is_active else "expired"

    def use(self) -> bool:
        """True for exactly one caller, and only while the link is valid."""
        now = timezone.now()
        open_ = SignInLink.objects.filter(pk=self.pk, used_at__isnull=True, expires_at__gt=now, person__is_active=True)
        return open_.update(used_at=now) == 1


def digest(token: str) -> str:
    """sha256 in hex; enough for a random token of 256 bits, which needs no salt or stretching."""
    return hashlib.sha256(token.encode()).hexdigest()
