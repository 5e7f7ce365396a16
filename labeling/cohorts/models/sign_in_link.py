"""Links that sign one person in."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils import timezone

from labeling.cohorts.models.people import Person
from labeling.cohorts.signals import link_asked


class SignInLinkManager(models.Manager["SignInLink"]):
    def issue(self, person: Person) -> str:
        """A fresh token for this person; only its digest is stored, so the caller must show it now or never."""
        token = secrets.token_urlsafe(32)
        self.create(person=person, digest=digest(token), expires_at=timezone.now() + SignInLink.LIFETIME)
        return token

    def issue_all(self, people: Iterable[Person], *, by: Person) -> list[tuple[Person, str]]:
        """They work as long as `by` might make them."""
        tokens = [(person, secrets.token_urlsafe(32)) for person in people]
        until = timezone.now() + SignInLink.LIFETIME
        self.bulk_create(
            [SignInLink(person=person, digest=digest(token), expires_at=until, made_by=by) for person, token in tokens]
        )
        return tokens

    def open(self) -> "models.QuerySet[SignInLink]":
        return self.filter(used_at=None, expires_at__gt=timezone.now(), person__is_active=True)

    def find(self, token: str) -> "SignInLink | None":
        return self.select_related("person", "made_by").filter(digest=digest(token)).first()


class SignInLink(models.Model):
    """Signs one person in once, without a password: for a first visit, or when no mail server is at hand."""

    LIFETIME = timedelta(hours=24)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="none: a command of the installation",
    )

    objects = SignInLinkManager()

    def __str__(self) -> str:
        return f"link for {self.person}"

    @property
    def state(self) -> str:
        """valid, used or expired; a link of somebody who may no longer sign in counts as expired."""
        if self.used_at:
            return "used"
        return "valid" if self.stands and SignInLink.objects.open().filter(pk=self.pk).exists() else "expired"

    @property
    def stands(self) -> bool:
        """Whether who made it might make it now: whoever has come in since, or has more rights, or whose manager has
        less, is let in by it no more."""
        if self.made_by is None:
            return True
        answers = link_asked.send(sender=SignInLink, maker=self.made_by, person=self.person)
        return any(answer for _receiver, answer in answers)

    def use(self) -> bool:
        """True for exactly one caller, and only while the link is valid."""
        return self.stands and SignInLink.objects.open().filter(pk=self.pk).update(used_at=timezone.now()) == 1


def digest(token: str) -> str:
    """sha256 in hex; enough for a random token of 256 bits, which needs no salt or stretching."""
    return hashlib.sha256(token.encode()).hexdigest()
