"""How commands name a project."""

from django.core.management.base import CommandError

from labeling.projects.models import Project


def project_of(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no project {slug}. Projects here: {known}.")
    return project
