"""Finding what was lost on the way: messages nobody took, and attempts whose worker is gone.

A heartbeat in the stream is a worker's claim on an attempt. An unanswered message is sent again for the same attempt,
at doubling intervals, since a worker drops what another has claimed. A running attempt without a heartbeat is lost.
"""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from labeling.dialogues import generation, streams
from labeling.dialogues.models import KINDS, Attempted, State

UNSENT = timedelta(seconds=5)  # the broker was away when it should have been sent
UNANSWERED = timedelta(seconds=30)  # sent, and no worker has claimed it; doubles each time
LOST = timedelta(seconds=15)  # running, and no heartbeat; a heartbeat lasts as long
QUEUED_AT_ONCE = 500  # a sweep's share of a long queue, the longest unsent first


def sweep() -> None:
    """Raises redis.RedisError when the stream is away: without heartbeats nobody can be called lost."""
    for kind in KINDS:
        sweep_kind(kind, timezone.now())


def sweep_kind(kind: type[Attempted], now: datetime) -> None:
    running = list(kind.objects.filter(state=State.RUNNING, started_at__lt=now - LOST))
    for completion in without_heartbeat(running):
        generation.fail(
            completion,
            completion.attempt,
            "The worker that was writing it stopped answering.",
            lost=True,
        )
    queued = kind.objects.filter(state=State.QUEUED).exclude(due_at__gt=now)
    queued = queued.order_by(F("sent_at").asc(nulls_first=True))
    due = [completion for completion in queued[:QUEUED_AT_ONCE] if is_due(completion, now)]
    for completion in without_heartbeat(due):
        generation.send(completion.pk)


def without_heartbeat(completions: list[Attempted]) -> list[Attempted]:
    beats = streams.heartbeats([(completion.pk, completion.attempt) for completion in completions])
    return [completion for completion, beats_ in zip(completions, beats, strict=True) if not beats_]


def is_due(completion: Attempted, now: datetime) -> bool:
    """Nothing is before its pause is over, which whoever set `due_at` promised to see to."""
    if completion.sent_at is None:
        return now - (completion.due_at or completion.queued_at) > UNSENT
    return now - completion.sent_at > max(UNANSWERED, completion.sent_at - completion.queued_at)
