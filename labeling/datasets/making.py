"""From what was asked for to a snapshot that is ready: its members first, then its files."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.datasets import files, gathering, membership
from labeling.datasets.models import Snapshot, Stopped
from labeling.datasets.wanted import Wanted

log = logging.getLogger(__name__)
BEAT = 10.0  # seconds; snapshots are taken from whoever is not heard of for much longer


def make_due() -> None:
    """What was asked for, and what somebody has left in the middle; one that breaks keeps none of the others."""
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
        with alive(snapshot):
            if not snapshot.digest:
                count(snapshot)
            began = time.monotonic()
            artifact = files.write(snapshot, snapshot.beat)
            if not snapshot.finish(artifact, time.monotonic() - began):
                snapshot.stop()
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


@contextmanager
def alive(snapshot: Snapshot) -> Iterator[None]:
    """Whoever makes it is heard of, even while one statement or one piece of arithmetic takes minutes."""
    over = Event()
    thread = Thread(target=_beat, args=(snapshot.pk, snapshot.attempt, over), name="beating", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(pk: UUID, attempt: int, over: Event) -> None:
    try:
        while not over.wait(BEAT):
            Snapshot.objects.filter(pk=pk, attempt=attempt).unfinished().update(beat_at=timezone.now())
    except Exception:
        log.exception("snapshot %s beats no more", pk)
    finally:
        connection.close()
