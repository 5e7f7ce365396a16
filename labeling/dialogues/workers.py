"""What generation workers announce about themselves, believed for as long as they go on announcing it.

A worker can write whatever it likes there, so what is read here is taken for no more than words to show and queues to
choose from: wrong types and sizes are left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from labeling.dialogues import streams

NAMES = "runtime:workers"
BELIEVED = 15.0  # seconds; how long an announcement lasts when its worker is gone
MOST = 200  # workers, sources of one worker; far above any installation, far below what would hurt
FAR_FUTURE = 4e9  # seconds since 1970; no clock that is right says more
LONGEST = 500  # characters of any text; a source has no more


@dataclass(frozen=True)
class Failure:
    """An attempt that a worker could not finish. It may have been retried since, with success."""

    at: datetime
    source: str
    detail: str


@dataclass(frozen=True)
class Worker:
    """`serves` is what it may be asked for, nothing: anything; `models` is what it has loaded.

    Figures are of its last minute; None where it has none. `seen` is in seconds ago.
    """

    name: str
    device: str
    serves: tuple[str, ...]
    models: tuple[str, ...]
    concurrency: int
    seen: float
    running_live: int
    running_stock: int
    done: int
    failed: int
    tokens_per_second: float | None
    first_token_p50: float | None
    first_token_p95: float | None
    failures: tuple[Failure, ...]

    @classmethod
    def from_announcement(cls, name: str, said: Mapping[str, Any], seen: float) -> Self:
        found = said.get("figures")
        figures = found if isinstance(found, dict) else {}
        return cls(
            name=name[:LONGEST],
            device=text(said.get("device")),
            serves=texts(said.get("serves")),
            models=texts(said.get("models")),
            concurrency=count(said.get("concurrency")),
            seen=seen,
            running_live=count(figures.get("running_live")),
            running_stock=count(figures.get("running_stock")),
            done=count(figures.get("done")),
            failed=count(figures.get("failed")),
            tokens_per_second=number(figures.get("tokens_per_second")),
            first_token_p50=number(figures.get("first_token_p50")),
            first_token_p95=number(figures.get("first_token_p95")),
            failures=failures(figures.get("errors")),
        )

    def can_serve(self, source: str) -> bool:
        return not self.serves or source in self.serves


def announced() -> list[Worker]:
    """Those that are there, by name. Raises redis.RedisError."""
    client = streams.client()
    names = sorted(map(str, client.smembers(NAMES)))[:MOST]
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.get(f"runtime:worker:{name}")
        pipe.pttl(f"runtime:worker:{name}")
    found, gone = [], []
    said = pipe.execute()
    for name, words, left in zip(names, said[::2], said[1::2], strict=True):
        if words is None:
            gone.append(name)
        else:
            found.append(Worker.from_announcement(name, parsed(words), max(0.0, BELIEVED - left / 1000)))
    if gone:
        client.srem(NAMES, *gone)  # one that is back announces its name again with the next words
    return found


def parsed(words: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(words)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """Those that are text and of a bearable length; a source cut short would be another one."""
    items = value if isinstance(value, list) else []
    return tuple(item for item in items[:MOST] if isinstance(item, str) and 0 < len(item) <= LONGEST)


def number(value: Any) -> float | None:
    """Finite and not negative, or None."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and 0 <= value < 1e12 else None


def count(value: Any) -> int:
    return int(number(value) or 0)


def failures(value: Any) -> tuple[Failure, ...]:
    items = value if isinstance(value, list) else []
    return tuple(
        Failure(datetime.fromtimestamp(at, UTC), text(item.get("source")), text(item.get("detail")))
        for item in items[:5]
        if isinstance(item, dict) and (at := number(item.get("at"))) is not None and at < FAR_FUTURE
    )
