"""A sign-in link stands as long as who made it might make it: rights that come or go meanwhile end it."""

from typing import Any

from django.dispatch import receiver

from labeling.cohorts.models import Person, SignInLink
from labeling.cohorts.signals import link_asked
from labeling.projects.access import let_in_by_link


@receiver(link_asked, sender=SignInLink)
def may_still_let_in(sender: Any, *, maker: Person, person: Person, **_: Any) -> bool:
    return maker.is_active and let_in_by_link(maker).filter(pk=person.pk).exists()
