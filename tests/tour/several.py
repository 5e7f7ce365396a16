"""A project in which a crowd has judged the same pairs, for the pages that say how far it can be believed."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse

from labeling.cohorts.models import Person
from labeling.projects.models import Project, Role
from tests.quality.crowd import make_crowd

SLUG = "crowd"
PAGES = ("quality", "quality_people", "quality_pairs", "quality_model", "leases")


def judged_by_several(manager: Person) -> Project:
    """In two rounds; what is asked here is answered before any worker hears of it."""
    with transaction.atomic():
        project = make_crowd(SLUG, rounds=2, pairs=24)
        Project.objects.filter(pk=project.pk).update(name="Judged by several")
        Role.objects.create(project=project, person=manager, kind=Role.Kind.MANAGER)
    return project


def pages() -> Iterator[tuple[str, Any]]:
    """Names of pictures, and addresses."""
    for name in PAGES:
        yield f"{name.replace('_', '-')}-several", reverse(name, args=[SLUG])
    sided = Person.objects.get(email=f"{SLUG}-sided@example.org")
    yield "quality-person-several", reverse("quality_person", args=[SLUG, sided.pk])
