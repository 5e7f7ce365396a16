"""Handing runs to the queue of training workers, and telling those what is not wanted any more."""

import logging
from functools import partial
from typing import Any
from uuid import UUID

import redis
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from labeling.celery import app
from labeling.datasets.artifacts import Away
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Wanted as Asked
from labeling.dialogues.signatures import sign
from labeling.rewards import scoring, stream
from labeling.rewards.models import Run
from labeling.rewards.wanted import Wanted

logger = logging.getLogger(__name__)
QUEUE = "training"


def send_on_commit(run: Run) -> None:
    transaction.on_commit(partial(send, run.pk))


def send(pk: UUID) -> None:
    """The step that the run is at. A broker that is away costs nothing but time: see `recovery`."""
    run = Run.objects.filter(kind=Run.Kind.TRAINED, beat_at=None).unfinished().filter(pk=pk).first()
    if run is None:  # cancelled since, or somebody is at it
        return
    if run.state == Run.State.SCORING and not is_prepared(run):
        return
    _tell(run.pk, run.attempt)
    name, message = ("score", to_score(run)) if run.state == Run.State.SCORING else ("train", to_train(run))
    try:
        app.send_task(f"models_runtime.{name}", kwargs={"request": message}, queue=QUEUE)
    except OperationalError as error:
        logger.warning("The broker took no message for run %s: %s", pk, error)
        return
    run.sent()


def is_prepared(run: Run) -> bool:
    """What it is tested on lies in the store. Where it cannot, the page says so; where nothing is held out, it is
    ready."""
    try:
        scoring.prepare(run)
    except (Away, OSError) as error:
        logger.warning("%s cannot be tested: %s", run, error)
        run.fail(_("What it is to be tested on could not be written: %(why)s. Try again once it can.") % {"why": error})
        return False
    return bool(run.rows)


def cancel(run: Run) -> bool:
    """At once for whoever looks at it; the worker stops at its next step. False where it is over."""
    if not run.cancel():
        return False
    transaction.on_commit(partial(_tell, run.pk, 0))
    return True


def try_again(run: Run) -> bool:
    """From where it came to. False where it neither failed nor was cancelled."""
    if not run.try_again():
        return False
    send_on_commit(run)
    return True


def to_train(run: Run) -> dict[str, Any]:
    """Everything a worker needs; it has no database to look anything up in."""
    assert run.base  # noqa: S101 - a constraint sees to it
    wanted = Wanted.of(run.wanted)
    others = [source(snapshot, axis, wanted) for snapshot, axis in elsewhere(run)] if wanted.mix else []
    own = source(run.snapshot, run.axis, wanted)
    return {**ticket(run), "base": run.base.spec(), "own": own, "others": others, "wanted": wanted.kept()}


def to_score(run: Run) -> dict[str, Any]:
    return {**ticket(run), "checkpoint": run.artifact, "rows": run.rows}


def ticket(run: Run) -> dict[str, Any]:
    return {"run": str(run.pk), "attempt": run.attempt, "receipt": sign(str(run.pk), run.attempt)}


def elsewhere(run: Run) -> list[tuple[Snapshot, str]]:
    """What a mix is drawn from: all but the run's own axis of its own snapshot."""
    snapshots = [run.snapshot, *([run.mixed_in] if run.mixed_in else [])]
    found = [(snapshot, axis) for snapshot in snapshots for axis in Asked.of(snapshot.wanted).axes]
    return [(snapshot, axis) for snapshot, axis in found if (snapshot.pk, axis) != (run.snapshot_id, run.axis)]


def source(snapshot: Snapshot, axis: str, wanted: Wanted) -> dict[str, Any]:
    margins = wanted.margins(Asked.of(snapshot.wanted).margins)
    return {"manifest": snapshot.artifact, "axis": axis, "config": wanted.config(axis), "margins": margins}


def _tell(pk: UUID, attempt: int) -> None:
    """A stream that is away is told nothing: what a worker then reports of an attempt that is over changes nothing."""
    try:
        stream.want(pk, attempt)
    except redis.RedisError as error:
        logger.warning("The stream could not be told: %s", error)
