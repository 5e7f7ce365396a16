"""What the machinery behind the responses is doing now: one reading of it, for the runtime page and for monitors.

Whatever is away is told as away; the rest is told all the same.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db.models import Count, Min, Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from labeling.celery import app
from labeling.dialogues import routing, tallies, workers
from labeling.dialogues.models import UNFINISHED, Completion, State
from labeling.dialogues.tallies import Hour, Tally
from labeling.dialogues.workers import Worker
from labeling.projects.models import ModelVersion

logger = logging.getLogger(__name__)

RECENT = timedelta(days=1)
ERRORS = 10
MOST_VERSIONS = 200  # rows; those in open rounds and those that answered lately come first


@dataclass(frozen=True)
class Queue:
    """`source` is empty for a general queue. What is in it may be a copy of something that is under way already."""

    name: str
    kind: str
    source: str
    depth: int


@dataclass(frozen=True)
class Waiting:
    """Completions that have not ended; `since` is when the one that waits longest was asked for."""

    queued: int
    running: int
    since: datetime | None


@dataclass(frozen=True)
class Version:
    """`total` is None where counting everything would take too long."""

    version: ModelVersion
    hour: Hour
    total: Tally | None
    in_open_round: bool
    served: bool


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong: for good, or in one attempt, as a worker tells."""

    at: datetime
    model: str
    worker: str
    detail: str
    for_good: bool


@dataclass(frozen=True)
class Overview:
    """`workers` is None while the stream is away, `queues` while the broker is."""

    at: datetime
    workers: list[Worker] | None
    queues: list[Queue] | None
    waiting: Waiting
    versions: list[Version]
    troubles: list[Trouble]

    @property
    def longest_wait(self) -> float | None:
        """In seconds; None when nothing waits."""
        return (self.at - self.waiting.since).total_seconds() if self.waiting.since else None

    @property
    def unserved(self) -> list[ModelVersion]:
        """In open rounds, so that annotators may wait for them, and no worker answers for them."""
        return [row.version for row in self.versions if row.in_open_round and not row.served]


def overview() -> Overview:
    there = present()
    in_use = list(ModelVersion.objects.filter(pairpolicyentry__round__state="open").distinct().order_by("name"))
    sources = {version.source for version in in_use} | {source for worker in there or () for source in worker.serves}
    unfinished, now = waiting(), timezone.now()
    return Overview(
        at=now,
        workers=there,
        queues=depths(sorted(sources)),
        waiting=unfinished,
        versions=versions(in_use, there or [], now),
        troubles=troubles(there or [], now),
    )


def present() -> list[Worker] | None:
    try:
        return workers.announced()
    except redis.RedisError as error:
        logger.warning("Workers could not be looked for: %s", error)
        return None


def depths(sources: Sequence[str]) -> list[Queue] | None:
    """The general queues and the receipts; of those of one source, the ones that a message waits in or may."""
    kinds = (routing.LIVE, routing.STOCK)
    named = [(kind, kind, "") for kind in (*kinds, "receipts")]
    named += [(routing.queue_name(kind, source), kind, source) for source in sources for kind in kinds]
    try:
        with app.connection_for_read() as link:
            pipe = link.default_channel.client.pipeline(transaction=False)
            for name, _, _ in named:
                pipe.llen(name)
            found = pipe.execute()
    except (BrokerError, redis.RedisError, OSError) as error:
        logger.warning("The queues could not be measured: %s", error)
        return None
    every = [Queue(*names, depth) for names, depth in zip(named, found, strict=True)]
    return [queue for queue in every if queue.depth or not queue.source]


def waiting() -> Waiting:
    unfinished = Completion.objects.filter(state__in=UNFINISHED)
    queued = Q(state=State.QUEUED)
    found = unfinished.aggregate(
        queued=Count("pk", filter=queued),
        running=Count("pk", filter=Q(state=State.RUNNING)),
        since=Min("queued_at", filter=queued),
    )
    return Waiting(**found)


def versions(in_use: Sequence[ModelVersion], there: Sequence[Worker], now: datetime) -> list[Version]:
    """Those in open rounds, then those that answered in the last hour, then the others, each by name."""
    hours, totals = tallies.last_hour(now), tallies.totals()
    open_ = {version.pk for version in in_use}
    others = ModelVersion.objects.exclude(pk__in=open_).filter(pk__in={*hours, *(totals or ())}).order_by("name")
    ordered = [*in_use, *sorted(others, key=lambda version: version.pk not in hours)][:MOST_VERSIONS]
    return [
        Version(
            version=version,
            hour=hours.get(version.pk, Hour()),
            total=None if totals is None else totals.get(version.pk, Tally()),
            in_open_round=version.pk in open_,
            served=any(worker.can_serve(version.source) for worker in there),
        )
        for version in ordered
    ]


def troubles(there: Sequence[Worker], now: datetime) -> list[Trouble]:
    """The newest first: responses that were given up, and attempts that workers say they could not finish."""
    failed = Completion.objects.filter(state=State.FAILED, finished_at__gte=now - RECENT).order_by("-finished_at")
    given_up = [
        Trouble(completion.finished_at, completion.model_version.name, "", completion.error, for_good=True)
        for completion in failed.select_related("model_version")[:ERRORS]
        if completion.finished_at
    ]
    attempts = [
        Trouble(failure.at, failure.source, worker.name, failure.detail, for_good=False)
        for worker in there
        for failure in worker.failures
    ]
    return sorted([*given_up, *attempts], key=lambda trouble: trouble.at, reverse=True)[:ERRORS]
