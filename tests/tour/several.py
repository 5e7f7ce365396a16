"""A project in which a crowd has judged the same pairs, for the pages that say how far it can be believed."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.projects.models import Project, Role
from labeling.quality import gold
from tests.quality.crowd import make_crowd

SLUG = "crowd"
PAGES = ("quality", "quality_people", "quality_pairs", "quality_model", "review", "adjudication", "gold")


def judged_by_several(manager: Person) -> Project:
    """In two rounds; what is asked here is answered before any worker hears of it."""
    with transaction.atomic():
        project = make_crowd(SLUG, rounds=2, pairs=24)
        Project.objects.filter(pk=project.pk).update(name="Judged by several")
        Role.objects.create(project=project, person=manager, kind=Role.Kind.MANAGER)
    return project


def known_answer(judged: Assignment, manager: Person) -> int:
    """Key of what is certain about its pair from now on."""
    return gold.make(judged.comparison, judged.axis, judged.judgement.verdict(), manager).pk


def pages() -> Iterator[tuple[str, Any]]:
    """Names of pictures, and addresses."""
    for name in PAGES:
        yield f"{name.replace('_', '-')}-several", reverse(name, args=[SLUG])
    sided = Person.objects.get(email=f"{SLUG}-sided@example.org")
    yield "quality-person-several", reverse("quality_person", args=[SLUG, sided.pk])
    yield "quality-behind-several", f"{reverse('quality_behind', args=[SLUG, 'gold'])}?person={sided.pk}"
