"""What workers are told of runs, and tell, beside receipts: which attempt is wanted, and that somebody is at it."""

from uuid import UUID

from labeling.dialogues import streams

TRAINING = "runtime:training"
WANTED_SECONDS = 30 * 86_400


def want(run: UUID, attempt: int) -> None:
    """0 means none. A worker that is at another attempt drops it at its next step."""
    streams.client().set(f"run:{run}:attempt", attempt, ex=WANTED_SECONDS)


def is_at_work(run: UUID, attempt: int) -> bool:
    """Whether a worker holds this attempt, or ended it a while ago."""
    return bool(streams.client().exists(f"run:{run}:{attempt}:heartbeat"))


def is_worker_there() -> bool:
    return bool(streams.client().exists(TRAINING))
