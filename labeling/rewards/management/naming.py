"""How commands name what a project has: by its slug and a number."""

from django.core.management.base import CommandError

from labeling.datasets.management.naming import project_of
from labeling.datasets.models import Snapshot
from labeling.projects.models import Project
from labeling.rewards.models import Run


def run_of(named: str, axis: str) -> Run:
    """A model for this axis that can be asked."""
    project, number = parted(named)
    ready = project.runs.filter(axis=axis, state=Run.State.READY)
    if run := ready.filter(number=number).first():
        return run
    known = ", ".join(f"{project.slug}:{one}" for one in ready.order_by("number").values_list("number", flat=True))
    raise CommandError(f"{named} is no model for {axis} that is ready. Those that are: {known or 'none yet'}.")


def snapshot_of(named: str) -> Snapshot:
    project, number = parted(named)
    if snapshot := project.snapshots.filter(number=number).exclude(digest="").first():
        return snapshot
    known = project.snapshots.exclude(digest="").order_by("number").values_list("number", flat=True)
    raise CommandError(f"There is no snapshot {named}. Those of it: {', '.join(map(str, known)) or 'none yet'}.")


def parted(named: str) -> tuple[Project, int]:
    slug, _, number = named.rpartition(":")
    if not slug or not number.isdecimal():
        raise CommandError(f"{named} should be a project and a number, as help-without-harm:3.")
    return project_of(slug), int(number)
