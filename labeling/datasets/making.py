"""From what was asked for to a snapshot that is ready: its members first, then its files."""

import logging
import time
from functools import partial

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.datasets import files, gathering, membership
from labeling.datasets.artifacts import artifacts
from labeling.datasets.beating import alive
from labeling.datasets.models import Snapshot, Stopped
from labeling.datasets.wanted import Wanted

log = logging.getLogger(__name__)
BEAT = 10.0  # seconds; snapshots are taken from whoever is not heard of for much longer


def make_due() -> None:
    """What was asked for, and what somebody has left in the middle; one that breaks keeps none of the others. What
    whoever was killed has begun to write is taken away."""
    artifacts().sweep()
    for snapshot in Snapshot.objects.due(timezone.now()).select_related("project"):
        try:
            make(snapshot)
        except Exception:
            log.exception("%s", snapshot)


def make(snapshot: Snapshot) -> bool:
    """False where somebody else is at it, or it is over. Whatever breaks is noted for the page; what nobody foresaw is
    raised as well."""
    if not snapshot.begin():
        return False
    try:
        with alive(partial(heard_of, snapshot), BEAT):
            if not snapshot.digest:
                count(snapshot)
            began = time.monotonic()
            artifact = files.write(snapshot, snapshot.beat)
            is_new = not snapshot.artifact
            if not snapshot.finish(artifact, time.monotonic() - began) and snapshot.stop() and is_new:
                files.take_back(snapshot, artifact)
    except Stopped:
        snapshot.stop()
    except files.NotWritten as error:
        snapshot.fail(str(error))
    except BaseException:
        if connection.is_usable():
            snapshot.fail(_("Something went wrong that nobody foresaw: the worker's log says what. Then try again."))
        raise
    return True


def count(snapshot: Snapshot) -> None:
    """Write down its members, in one transaction. Raises Stopped."""
    wanted, project = Wanted.of(snapshot.wanted), snapshot.project
    began, read = time.monotonic(), 0
    for batch in gathering.gather(project):
        read += batch
        snapshot.beat(read, 0)
    with transaction.atomic():
        # Before the judgements are read: a round that was closed by then takes no more of them.
        provisional = membership.is_provisional(project, wanted)
        now = timezone.now()
        membership.draw(project, wanted)
        found = {"provisional": provisional, "counts": membership.counts(wanted), "counted_at": now}
        membership.keep(snapshot)
        digest = membership.digest_of(snapshot)
        snapshot.counted(**found, digest=digest, counting_seconds=time.monotonic() - began)


def heard_of(snapshot: Snapshot) -> None:
    """That somebody is at it."""
    Snapshot.objects.filter(pk=snapshot.pk, attempt=snapshot.attempt).unfinished().update(beat_at=timezone.now())
