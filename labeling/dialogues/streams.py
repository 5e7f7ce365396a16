"""The token stream of completions in Valkey: bounded, expiring, and never the truth.

Workers append `reset` and `delta` entries, the web side how it ended. How much of it a page shows is for `pacing`.
Losing all of this costs the sight of words arriving, never a response.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from labeling.dialogues.models import Attempted, Completion
from labeling.dialogues.pacing import ENTRY_KINDS, Entry

EXPIRES = 3600  # seconds after the last entry
ATTEMPT_EXPIRES = 86_400
START = "0-0"
TEXT: dict[str, Any] = {"decode_responses": True, "encoding_errors": "replace"}  # whatever bytes a worker wrote


@cache
def client() -> redis.Redis:
    """This process's connections to the stream server."""
    return connect(settings.ADDRESSES.stream)


def connect(url: str) -> redis.Redis:
    """Tries once more, at once: ten times with waits between would hold responses up for the sight of their words."""
    patience: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 1)}
    return redis.Redis.from_url(url, **patience, **TEXT)


def announce_consumer(name: str) -> None:
    """For /healthz: the consumer `name` is there, and is believed for 30 seconds."""
    client().set(f"runtime:{name}", "1", ex=30)


def stream_key(completion: UUID | str) -> str:
    return f"completion:{completion}:stream"


def attempt_key(completion: UUID | str) -> str:
    return f"completion:{completion}:attempt"


def heartbeat_key(completion: UUID | str, attempt: int) -> str:
    return f"completion:{completion}:{attempt}:heartbeat"


def in_order(completions: Iterable[Completion]) -> list[Completion]:
    """The order of a cursor's sides: that of random keys, since the draws may be told apart by their weights."""
    return sorted(completions, key=lambda completion: completion.pk)


def announce(completion: Attempted, kind: str) -> None:
    """Tell whoever reads the stream that the database has the final state of this attempt."""
    key = stream_key(completion.pk)
    pipe = client().pipeline(transaction=False)
    pipe.xadd(key, {"attempt": completion.attempt, "kind": kind, "text": ""}, maxlen=8192, approximate=True)
    pipe.expire(key, EXPIRES)
    pipe.execute()


def want(completion: UUID | str, attempt: int) -> None:
    """Which attempt is wanted; 0 means none. A worker that runs another one drops it at its next step."""
    client().set(attempt_key(completion), attempt, ex=ATTEMPT_EXPIRES)


def cancelled(attempts: Sequence[tuple[UUID, int]]) -> None:
    """None of these (completion, attempt) is wanted any more: one round trip for workers and waiting pages."""
    pipe = client().pipeline(transaction=False)
    for completion, attempt in attempts:
        pipe.set(attempt_key(completion), 0, ex=ATTEMPT_EXPIRES)
        key = stream_key(completion)
        pipe.xadd(key, {"attempt": attempt, "kind": "cancelled", "text": ""}, maxlen=8192, approximate=True)
        pipe.expire(key, EXPIRES)
    pipe.execute()


def heartbeats(attempts: Sequence[tuple[UUID, int]]) -> list[bool]:
    """Whether a worker holds each (completion, attempt), or finished it a moment ago."""
    if not attempts:
        return []
    return [beat is not None for beat in client().mget([heartbeat_key(*attempt) for attempt in attempts])]


def so_far(completions: Sequence[Attempted]) -> list[list[Entry]]:
    """Everything each side's stream holds; nothing while the server is away: that is lost to the eye alone."""
    pipe = client().pipeline(transaction=False)
    for completion in completions:
        pipe.xrange(stream_key(completion.pk))
    try:
        return [_entries(side, found) for side, found in enumerate(pipe.execute())]
    except redis.RedisError:
        return [[] for _ in completions]


def written(completion: Attempted) -> str:
    """What the current attempt has written so far, as a page that shows all of it would have it."""
    text = ""
    for entry in so_far([completion])[0]:
        if entry.attempt == completion.attempt and entry.kind in ("reset", "delta"):
            text = text + entry.text if entry.kind == "delta" else ""
    return text


async def follow(completions: Sequence[UUID], idle: float) -> AsyncGenerator[list[Entry], None]:
    """What the streams of all sides hold, at once; then what is added, as it comes; nothing after `idle` seconds."""
    sides = {stream_key(pk): side for side, pk in enumerate(completions)}
    positions = dict.fromkeys(sides, START)
    patience = idle + 5  # redis-py gives up on a silent server after 5 seconds, which is when this one may speak
    connection: Any = redis.asyncio.from_url(settings.ADDRESSES.stream, protocol=2, socket_timeout=patience, **TEXT)
    try:
        while True:
            batch = []
            for key, found in await connection.xread(positions, block=int(idle * 1000)) or ():
                positions[key] = found[-1][0]
                batch += _entries(sides[key], found)
            yield batch
    finally:
        await connection.aclose()


def _entries(side: int, found: Iterable[tuple[str, dict[str, str]]]) -> list[Entry]:
    """Those that mean something: a worker may write whatever it likes."""
    entries = []
    for _, fields in found:
        with suppress(KeyError, ValueError):
            attempt, kind, text = int(fields["attempt"]), fields["kind"], fields["text"]
            if kind in ENTRY_KINDS:
                entries.append(Entry(side, kind, attempt, text))
    return entries
