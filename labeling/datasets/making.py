"""From what was asked for to a snapshot that is ready: its members first, then its files."""

import time

from django.db import transaction
from django.utils import timezone

from labeling.datasets import gathering, membership
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Wanted


def count(snapshot: Snapshot) -> None:
    """Write down its members, in one transaction. Raises Stopped."""
    wanted, project = Wanted.of(snapshot.wanted), snapshot.project
    began = time.monotonic()
    read = 0
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
