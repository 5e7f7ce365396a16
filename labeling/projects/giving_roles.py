"""Who manages a project, and who reviews what is judged in it."""

from django.db import transaction

from labeling.cohorts.models import Person
from labeling.projects.models import Project, Role


class LastManager(Exception):
    """Nobody who can sign in would manage the project any more."""


def give(project: Project, person: Person, kind: str) -> bool:
    """False where they have it already."""
    return Role.objects.get_or_create(project=project, person=person, kind=kind)[1]


@transaction.atomic
def end(role: Role) -> None:
    """Raises LastManager, also for one of two who take it from each other in the same moment."""
    Project.objects.select_for_update(no_key=True).get(pk=role.project_id)
    others = Role.objects.filter(project=role.project_id, kind=Role.Kind.MANAGER, person__is_active=True)
    if role.kind == Role.Kind.MANAGER and not others.exclude(pk=role.pk).exists():
        raise LastManager
    role.delete()
