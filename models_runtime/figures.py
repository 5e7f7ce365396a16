"""What this worker did in the last minute, for the runtime page. Knows no broker, no Valkey and no engine.

Bounded however much there is to do: counts are kept by the second, times to the first token are those of the newest
thousand live requests, and of the errors the newest five are told. All of it is gone when the worker ends.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

WINDOW = 60  # seconds
SAMPLES = 1000
ERRORS = 5
LONGEST = 500  # characters of an error or a source


@dataclass(slots=True)
class Second:
    """One second's share. Tokens are a fraction, for those of one text are spread evenly over its writing."""

    number: int
    tokens: float = 0.0
    done: int = 0
    failed: int = 0


@dataclass(slots=True)
class Tally:
    """One request under way. `source` is filled in as soon as the message has been understood."""

    figures: "Figures"
    live: bool
    began: float
    source: str = ""
    first: float | None = None

    def wrote(self) -> None:
        """Some text has come; only the first time counts."""
        if self.first is None:
            self.first = self.figures.now()
            if self.live:
                self.figures.waited(self.first - self.began, self.first)

    def done(self, tokens: int) -> None:
        ended = self.figures.now()
        self.figures.finished(tokens, self.began if self.first is None else self.first, ended)

    def failed(self, detail: str) -> None:
        self.figures.failed(self.source, detail)


class Figures:
    """Shared by all threads. `now` is monotonic, `clock` what people read; both in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time) -> None:
        self.now = now
        self._clock = clock
        self._lock = Lock()
        self._began = now()
        self._seconds: deque[Second] = deque(maxlen=WINDOW + 1)
        self._waits: deque[tuple[float, float]] = deque(maxlen=SAMPLES)  # (when, how long)
        self._errors: deque[dict[str, Any]] = deque(maxlen=ERRORS)
        self._running = {True: 0, False: 0}

    @contextmanager
    def request(self, *, live: bool) -> Iterator[Tally]:
        with self._lock:
            self._running[live] += 1
        try:
            yield Tally(self, live, self.now())
        finally:
            with self._lock:
                self._running[live] -= 1

    def waited(self, seconds: float, at: float) -> None:
        with self._lock:
            self._waits.append((at, seconds))

    def finished(self, tokens: int, began: float, ended: float) -> None:
        """Of a text whose writing began before the window, the part inside it counts."""
        with self._lock:
            self._second(ended).done += 1
            for second, share in self._shares(began, ended):
                second.tokens += tokens * share

    def failed(self, source: str, detail: str) -> None:
        error = {"at": round(self._clock(), 3), "source": source[:LONGEST], "detail": detail[:LONGEST]}
        with self._lock:
            self._second(self.now()).failed += 1
            self._errors.append(error)

    def summary(self) -> dict[str, Any]:
        """As JSON takes it; rates are over the window, or over the worker's life while that is shorter."""
        with self._lock:
            now = self.now()
            self._second(now)
            recent = [second for second in self._seconds if second.number > math.floor(now) - WINDOW]
            waits = sorted(wait for at, wait in self._waits if at > now - WINDOW)
            return {
                "tokens_per_second": round(sum(s.tokens for s in recent) / max(1.0, min(WINDOW, now - self._began)), 2),
                "first_token_p50": quantile(waits, 0.5),
                "first_token_p95": quantile(waits, 0.95),
                "done": sum(second.done for second in recent),
                "failed": sum(second.failed for second in recent),
                "running_live": self._running[True],
                "running_stock": self._running[False],
                "errors": list(self._errors),
            }

    def _second(self, at: float) -> Second:
        """The newest one, made if need be with those before it, so that they lie side by side."""
        number = math.floor(at)
        last = self._seconds[-1].number if self._seconds else number - WINDOW - 1
        for missing in range(max(last + 1, number - WINDOW), number + 1):
            self._seconds.append(Second(missing))
        return self._seconds[-1]

    def _shares(self, began: float, ended: float) -> Iterator[tuple[Second, float]]:
        """Each second that is kept, with the part of began…ended that lies in it."""
        length = ended - began
        if length <= 0:
            yield self._seconds[-1], 1.0
            return
        for second in self._seconds:
            inside = min(ended, second.number + 1) - max(began, second.number)
            if inside > 0:
                yield second, inside / length


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value that is not below `part` of them (nearest rank); None of none."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(part * len(ordered)) - 1)], 3)
