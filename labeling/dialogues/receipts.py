"""What workers may report. Every task asks for the signature that went out with the request."""

import logging
import re
from typing import Any

from celery.signals import worker_ready
from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError

from labeling.dialogues import generation, streams
from labeling.dialogues.models import Attempted
from labeling.dialogues.signatures import is_genuine
from labeling.receipts import app

logger = logging.getLogger(__name__)

MAX_TEXT = 1_000_000  # characters; far above any response, far below what would hurt
MAX_COUNT = 2**31  # what a column of tokens holds
_SHA256 = re.compile(r"[0-9a-f]{64}")
FINISH_REASONS = ("stop", "length")


class Refused(Exception):
    """A receipt that nobody signed, or for a completion nobody knows."""


class Unusable(Exception):
    """A genuine receipt with a result that cannot be kept; says why, for a manager."""


REFUSED_FOR_ITS_CONTENT = (DataError, IntegrityError)
POLICY: dict[str, Any] = {
    "throws": (Refused,),
    # A database that is away comes back, and a migration ends; until then the receipt waits.
    "autoretry_for": (DatabaseError, InterfaceError),
    "dont_autoretry_for": REFUSED_FOR_ITS_CONTENT,
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "max_retries": None,
}


@app.task(name="receipts.started", **POLICY)
def started(completion: str, attempt: int, receipt: str) -> None:
    known(completion, attempt, receipt).start(attempt)


@app.task(name="receipts.finished", **POLICY)
def finished(completion: str, attempt: int, receipt: str, **result: Any) -> None:
    """What the database refuses it would refuse again, also from the next attempt, whose draw is the same."""
    ours = known(completion, attempt, receipt)
    try:
        generation.store(ours, attempt, checked(result))
    except Unusable as error:
        generation.fail(ours, attempt, str(error), permanent=True)
    except REFUSED_FOR_ITS_CONTENT as error:
        why = str(error).partition("\n")[0]
        generation.fail(ours, attempt, f"The database refused the worker's result: {why}", permanent=True)


@app.task(name="receipts.failed", **POLICY)
def failed(
    completion: str,
    attempt: int,
    receipt: str,
    detail: str,
    permanent: bool,
    stopped: bool = False,
    tokens_over: Any = None,
    **_: Any,
) -> None:
    """`stopped`: the worker was, in mid-work. A field that a newer worker sends is not a reason to lose the rest."""
    ours, error = known(completion, attempt, receipt), printable(detail)[:2000]
    if stopped:
        generation.hand_over(ours, attempt, error)
    else:
        generation.fail(ours, attempt, error, permanent=bool(permanent), tokens_over=excess(tokens_over))


@app.task(name="receipts.beat")
def beat() -> None:
    streams.announce_consumer("receipts")


@worker_ready.connect
def announce(**_: Any) -> None:
    streams.announce_consumer("receipts")


def known(completion: str, attempt: int, receipt: str) -> Attempted:
    """The completion or trial a genuine receipt is about; Refused for any other."""
    if not is_genuine(str(completion), attempt, str(receipt)):
        raise Refused(f"a receipt with a wrong signature, for completion {completion!r}")
    try:
        asked = generation.find(completion)
    except ValidationError:  # no UUID
        asked = None
    if asked is None:
        raise Refused(f"a receipt for a completion that is not there: {completion!r}")
    return asked


def checked(result: dict[str, Any]) -> dict[str, Any]:
    """The fields of a finished response, of the right types and within bounds; Unusable for others."""
    try:
        fields = {
            "text": printable(result["text"]),
            "prompt_tokens": int(result["prompt_tokens"]),
            "completion_tokens": int(result["completion_tokens"]),
            "finish_reason": result["finish_reason"],
            "first_token_seconds": float(result["first_token_seconds"]),
            "seconds": float(result["seconds"]),
            "model_sha256": digest(result.get("model_sha256")),
        }
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unusable(f"The worker's result was incomplete or malformed: {error!r}.") from error
    if len(fields["text"]) > MAX_TEXT:
        raise Unusable(f"The response has {len(fields['text'])} characters; {MAX_TEXT} are kept at most.")
    counts = (fields["prompt_tokens"], fields["completion_tokens"])
    if fields["finish_reason"] not in FINISH_REASONS or not all(0 <= count < MAX_COUNT for count in counts):
        raise Unusable("The worker's result makes no sense: its counts or its finish reason are impossible.")
    return fields


def digest(value: Any) -> str:
    """A sha256 in hex; empty for anything else, as for a model behind a server."""
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else ""


def excess(value: Any) -> int | None:
    """A number of tokens above zero; None for anything else."""
    sane = isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_COUNT
    return value if sane else None


def printable(text: Any) -> str:
    """PostgreSQL keeps no NUL, and UTF-8 no lone surrogate."""
    return str(text).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
