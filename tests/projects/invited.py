"""Invitations to send, and what somebody types who comes by one."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from labeling.cohorts.models import Cohort, Invitation, Person

TYPED = {
    "name": "Ana Silva",
    "email": "ana@example.org",
    "password1": "four words of no kind",
    "password2": "four words of no kind",
}


def invite(cohort: Cohort, by: Person, *, email: str = "", limit: int = 1) -> str:
    """Where the link leads."""
    until = timezone.now() + timedelta(days=1)
    if email:
        [(_address, token)] = Invitation.objects.personal(cohort, by, [email], expires_at=until)
    else:
        token = Invitation.objects.for_many(cohort, by, expires_at=until, limit=limit)
    return f"/invitations/{token}/"


def links(answer: Any) -> list[str]:
    """The links a page shows, without the host."""
    return re.findall(r">https?://[^/]+(/invitations/[^<]+)<", answer.content.decode())


def people(cohort: Cohort) -> set[str]:
    """Who is in it now."""
    return set(cohort.memberships.filter(left_at=None).values_list("person__email", flat=True))
