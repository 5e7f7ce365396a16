"""Data that left the installation: no table knows of it."""

from datetime import timedelta

from django.utils import timezone

from labeling.audit.acting import command_now
from labeling.audit.kinds import DOWNLOAD
from labeling.audit.models import Event
from labeling.cohorts.models import Person
from labeling.datasets.models import Snapshot

ONCE = timedelta(hours=1)


def record(snapshot: Snapshot, what: str, by: Person | None, **signal: object) -> None:
    """Once an hour for a person and a file: who fetches a large one asks for it in many parts."""
    asked = Event.objects.filter(kind=DOWNLOAD.key, object_id=str(snapshot.pk), after={"file": what})
    if by is not None and asked.filter(actor=by, at__gte=timezone.now() - ONCE).exists():
        return
    Event.objects.create(
        actor=by,
        command=command_now.get(),
        kind=DOWNLOAD.key,
        action=Event.Action.MADE,
        object_id=str(snapshot.pk),
        project_id=snapshot.project_id,
        about={"number": snapshot.number},
        after={"file": what},
    )
