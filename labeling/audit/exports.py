"""Data that left the installation: no table knows of it."""

from typing import Any

from labeling.audit.acting import acting_now, command_now
from labeling.audit.kinds import EXPORT
from labeling.audit.models import Event
from labeling.projects.models import Project


def record(project: Project, manifest: dict[str, Any], **signal: Any) -> None:
    exported = {axis: counts["exported"] for axis, counts in manifest["axes"].items()}
    Event.objects.create(
        actor_id=acting_now(),
        command=command_now.get(),
        kind=EXPORT.key,
        action=Event.Action.MADE,
        project=project,
        after={**exported, "provisional": manifest["provisional"], "margin": manifest["margin"]["preset"]},
    )
