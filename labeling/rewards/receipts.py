"""What training workers may report. Every task asks for the signature that went out with the request."""

import math
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.datasets.artifacts import Away, Damaged
from labeling.dialogues.receipts import MAX_COUNT, POLICY, Refused, digest, printable
from labeling.dialogues.signatures import is_genuine
from labeling.receipts import app
from labeling.rewards import scoring, sending
from labeling.rewards.models import Opinion, Run

MOST_POINTS = 1000
Ours = TypeVar("Ours", Run, Opinion)


@app.task(name="receipts.run_progress", **POLICY)
def run_progress(run: str, attempt: int, receipt: str, done: Any, total: Any, points: Any = ()) -> None:
    if ours := known(Run, run, attempt, receipt):
        ours.begin()
        ours.progress(count(done), count(total), curve(points))


@app.task(name="receipts.run_trained", **POLICY)
@transaction.atomic
def run_trained(run: str, attempt: int, receipt: str, artifact: Any, seconds: Any, **_fields: Any) -> None:
    """To test it is another attempt: no worker takes up a message about one that it, or another one, has done."""
    ours = known(Run, run, attempt, receipt)
    if ours is None:
        return
    ours.begin()
    if not (found := digest(artifact)):
        ours.fail(_("The worker said that it was done, and not where the model is. Try again."))
    elif ours.trained(found, {"train": number(seconds)}):
        ours.refresh_from_db()
        ours.hand_over()
        sending.send_on_commit(ours)


@app.task(name="receipts.run_scored", **POLICY)
def run_scored(run: str, attempt: int, receipt: str, rewards: Any, seconds: Any, **_fields: Any) -> None:
    ours = known(Run, run, attempt, receipt)
    if ours is None or ours.state != Run.State.SCORING:
        return
    try:
        scoring.keep(ours, digest(rewards), number(seconds))
    except (Away, Damaged, OSError, KeyError, TypeError, ValueError) as error:
        ours.fail(_("What the worker found could not be read: %(error)s. Try again.") % {"error": printable(error)})


@app.task(name="receipts.run_failed", **POLICY)
def run_failed(run: str, attempt: int, receipt: str, detail: Any, stopped: Any = False, **_fields: Any) -> None:
    if ours := known(Run, run, attempt, receipt):
        broke_off(ours, detail, stopped, sending.send)


def known(kind: type[Ours], asked: str, attempt: int, receipt: str) -> Ours | None:
    """What a genuine receipt is about; Refused for any other. None where the attempt is over, or it is forgotten."""
    if not is_genuine(str(asked), attempt, str(receipt)):
        raise Refused(f"a receipt with a wrong signature, for {kind.__name__} {asked!r}")
    try:
        return kind.objects.filter(pk=asked, attempt=attempt).first()
    except ValidationError as error:
        raise Refused(f"a receipt for a {kind.__name__} that is not there: {asked!r}") from error


def broke_off(ours: Run | Opinion, detail: Any, stopped: Any, send: Callable[[UUID], None]) -> None:
    """`stopped`: the worker was, in mid-work; another one goes on with what it kept."""
    if not stopped:
        ours.fail(printable(detail)[:2000] or "?")
    elif ours.hand_over():
        send(ours.pk)


def count(value: Any) -> int:
    return min(max(int(number(value)), 0), MAX_COUNT - 1)


def number(value: Any) -> float:
    """Finite; 0 for anything else."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else 0.0


def curve(points: Any) -> list[dict[str, Any]]:
    items = points if isinstance(points, list) else []
    named = [item for item in items[:MOST_POINTS] if isinstance(item, dict)]
    shapes = ("loss", "accuracy", "seconds")
    return [{"step": count(item.get("step")), **{name: number(item.get(name)) for name in shapes}} for item in named]
