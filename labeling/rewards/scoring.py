"""What a reward model is tested on: the comparisons of its snapshot that are held out, on both axes.

The texts go into a file of the store while a worker needs them, and its rewards come back in another; both are deleted
once the scores stand in the database.
"""

import json
import math
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.comparisons.models import Comparison
from labeling.datasets.artifacts import Artifacts, artifacts
from labeling.datasets.models import Member
from labeling.datasets.writing import line
from labeling.rewards import reporting
from labeling.rewards.models import Run, Score

ROWS = 1000  # that are fetched, or stored, at once


def held_out(run: Run) -> Iterator[Comparison]:
    members = Member.objects.filter(snapshot=run.snapshot_id, held_out=True, reason="")
    found = Comparison.objects.filter(pk__in=members.values("judgement__assignment__comparison"))
    return found.select_related("first", "second").order_by("pk").iterator(chunk_size=ROWS)


def prepare(run: Run) -> None:
    """Writes what the worker is to score; where nothing is held out, the run is ready."""
    store = artifacts()
    with store.draft() as folder:
        place, digest, rows = folder / "rows.jsonl", sha256(), 0
        with place.open("wb") as file:
            for written in _lines(run):
                file.write(written)
                digest.update(written)
                rows += 1
        if rows > 1:
            store.add(place, digest.hexdigest())
            run.tested_on(digest.hexdigest())
        else:
            run.finish({"score": 0.0})
    run.refresh_from_db()


def _lines(run: Run) -> Iterator[bytes]:
    """The first one names the attempt: no other has the same file, so that it can be deleted with it."""
    yield line({"run": str(run.pk), "attempt": run.attempt})
    for one in held_out(run):
        responses = [one.first.text, one.second.text]
        yield line({"id": str(one.pk), "context": one.context, "responses": responses})


def keep(run: Run, rewards: str, seconds: float) -> bool:
    """The scores that a worker has put into the store. False where the run is not at this step any more."""
    store = artifacts()
    asked = set(held_out_keys(run))
    found = [score for said in _read(store, rewards) if (score := _score(run, said)).comparison_id in asked]
    with transaction.atomic():
        if not run.finish({"score": seconds}):
            return False
        Score.objects.filter(run=run).delete()
        Score.objects.bulk_create(found, batch_size=ROWS)
        transaction.on_commit(partial(reporting.keep, run), robust=True)
    for name in {rewards, run.rows} - {""}:
        store.delete(name)
    return True


def held_out_keys(run: Run) -> Iterator[UUID]:
    return (one.pk for one in held_out(run))


def _read(store: Artifacts, name: str) -> Iterator[dict[str, Any]]:
    if not name:
        raise ValueError("no file was named")
    yield from map(json.loads, b"".join(store.read(name)).splitlines())


def _score(run: Run, said: dict[str, Any]) -> Score:
    first, second = map(float, said["rewards"])
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError("a reward is no number, so the model came apart while it was trained")
    return Score(run=run, comparison_id=UUID(said["id"]), first=first, second=second)
