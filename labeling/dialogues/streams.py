"""The token stream of completions in Valkey: bounded, expiring, and never the truth.

Workers append `reset` and `delta` entries, the web side `stored` and `failed`. A cursor is a position in both streams
of a pair, as one string, so that one event id is enough to go on from. Losing all of this costs the sight of words
arriving, never a response.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings

from labeling.dialogues.models import Completion

EXPIRES = 3600  # seconds after the last entry
ATTEMPT_EXPIRES = 86_400
START = "0-0"
_CURSOR = re.compile(r"\d{1,20}-\d{1,20}")


@cache
def client() -> redis.Redis:
    """This process's connections to the stream server."""
    return redis.Redis.from_url(
        settings.ADDRESSES.stream, decode_responses=True, socket_timeout=5, socket_connect_timeout=2
    )


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
    """The order of a cursor's positions: that of random keys, since the draws may be told apart by their weights."""
    return sorted(completions, key=lambda completion: completion.pk)


@dataclass(frozen=True)
class Cursor:
    """How far a page has read: the last entry of each stream, `in_order`."""

    positions: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, sides: int = 2) -> Self:
        """From what a browser sent; anything that is not a cursor starts at the beginning."""
        parts = tuple(text.split("."))
        if len(parts) == sides and all(_CURSOR.fullmatch(part) for part in parts):
            return cls(parts)
        return cls((START,) * sides)

    def at(self, side: int, position: str) -> "Cursor":
        return Cursor((*self.positions[:side], position, *self.positions[side + 1 :]))

    def __str__(self) -> str:
        return ".".join(self.positions)


@dataclass(frozen=True)
class Entry:
    """One thing that happened to one side. `kind`: reset, delta, stored or failed."""

    side: int
    kind: str
    text: str
    cursor: Cursor


def announce(completion: Completion, kind: str) -> None:
    """Tell whoever reads the stream that the database has the final state of this attempt."""
    key = stream_key(completion.pk)
    pipe = client().pipeline(transaction=False)
    pipe.xadd(key, {"attempt": completion.attempt, "kind": kind, "text": ""}, maxlen=8192, approximate=True)
    pipe.expire(key, EXPIRES)
    pipe.execute()


def want(completion: UUID | str, attempt: int) -> None:
    """Which attempt is wanted; 0 means none. A worker that runs another one drops it at its next step."""
    client().set(attempt_key(completion), attempt, ex=ATTEMPT_EXPIRES)


def heartbeats(attempts: Sequence[tuple[UUID, int]]) -> list[bool]:
    """Whether a worker holds each (completion, attempt), or finished it a moment ago."""
    if not attempts:
        return []
    return [beat is not None for beat in client().mget([heartbeat_key(*attempt) for attempt in attempts])]


def so_far(completions: Sequence[Completion]) -> tuple[list[str], Cursor]:
    """The text each side has streamed in its newest attempt, and the cursor to go on from."""
    pipe = client().pipeline(transaction=False)
    for completion in completions:
        pipe.xrange(stream_key(completion.pk))
    texts, positions = [], []
    for entries in pipe.execute():
        newest, text = 0, ""
        for _, fields in entries:
            attempt = int(fields["attempt"])
            if fields["kind"] == "reset" and attempt >= newest:
                newest, text = attempt, ""
            elif fields["kind"] == "delta" and attempt == newest:
                text += fields["text"]
        texts.append(text)
        positions.append(entries[-1][0] if entries else START)
    return texts, Cursor(tuple(positions))


async def follow(completions: Sequence[UUID], cursor: Cursor, idle: float) -> AsyncGenerator[Entry | None, None]:
    """Entries of all sides after the cursor, as they come; None after each `idle` seconds without any."""
    sides = {stream_key(pk): side for side, pk in enumerate(completions)}
    newest = [0] * len(completions)  # attempts: what an older one still writes is not shown
    connection: Any = redis.asyncio.from_url(settings.ADDRESSES.stream, decode_responses=True, protocol=2)
    try:
        while True:
            wanted = {key: cursor.positions[side] for key, side in sides.items()}
            answer = await connection.xread(wanted, block=int(idle * 1000))
            if not answer:
                yield None
                continue
            for key, entries in answer:
                for position, fields in entries:
                    side = sides[key]
                    cursor = cursor.at(side, position)
                    attempt = int(fields["attempt"])
                    if attempt >= newest[side]:
                        newest[side] = attempt
                        yield Entry(side, fields["kind"], fields["text"], cursor)
    finally:
        await connection.aclose()
