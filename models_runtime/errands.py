"""Work of minutes or hours for one run of a reward model: who is at it, is it wanted, how far has it come.

As for a completion (`attempts`), a key in the stream is the claim of one worker on one attempt, and another one says
which attempt is wanted; what settles the run are receipts alone. While the work goes on, a thread of its own tells how
far it is every few seconds: whoever is not heard of for minutes is taken for dead."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import Event, Lock, Thread
from typing import Any, Self
from uuid import UUID, uuid4

from redis import Redis, RedisError

from models_runtime.attempts import Unwanted, WorkerStopped
from models_runtime.engine import EngineError
from models_runtime.receipts import PATIENCE, Receipts

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LOOK_SECONDS = 1.0
CLAIM_TTL = 60
DONE_TTL = 3600
Work = Callable[["Errand", Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunTicket:
    """What a receipt repeats so that the web side knows, and can check, which attempt it is about."""

    run: str
    attempt: int
    receipt: str

    @classmethod
    def from_message(cls, message: object) -> Self:
        try:
            if not isinstance(message, Mapping):
                raise TypeError
            return cls(str(UUID(message["run"])), int(message["attempt"]), str(message["receipt"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EngineError("The request names no run to answer for.", permanent=True) from error


class Errand:
    """One attempt. The thread that works calls `come` and `look`; another one beats. `about` begins the names of the
    receipts that tell of it."""

    def __init__(
        self,
        valkey: Redis,
        receipts: Receipts,
        ticket: RunTicket,
        stopping: Event,
        about: str = "run",
        aside: Callable[[], None] = lambda: None,
    ) -> None:
        self.ticket, self._about, self._aside = ticket, about, aside
        self._valkey, self._receipts, self._stopping = valkey, receipts, stopping
        self._owner = uuid4().hex
        self._claim = f"run:{ticket.run}:{ticket.attempt}:heartbeat"
        self._wanted = f"run:{ticket.run}:attempt"
        self._lock, self._over = Lock(), Event()
        self._done = self._total = 0
        self._points: list[dict[str, Any]] = []
        self._next_look = 0.0
        self.aside_seconds = 0.0  # that went into what is none of its work

    @property
    def stopping(self) -> bool:
        """The worker is to end: what can be kept is to be kept, then `look` called."""
        return self._stopping.is_set()

    def claim(self) -> bool:
        """False if this attempt is, or was, in other hands. A stream that is away keeps nobody from working: whoever
        else has the attempt would report the same."""
        try:
            taken = self._valkey.set(self._claim, self._owner, nx=True, ex=CLAIM_TTL)
            return bool(taken) or self._valkey.get(self._claim) == self._owner
        except RedisError as error:
            log.warning("Could not claim run %s: %s", self.ticket.run, error)
            return True

    def look(self) -> None:
        """Raises Unwanted and WorkerStopped. Cheap enough for every step."""
        if self._stopping.is_set():
            raise WorkerStopped
        self.step_aside()
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        try:
            wanted = self._valkey.get(self._wanted)
        except RedisError as error:
            log.warning("Could not read what is wanted of run %s: %s", self.ticket.run, error)
            return
        if wanted is not None and wanted != str(self.ticket.attempt):
            raise Unwanted

    def step_aside(self) -> None:
        """Whatever short is asked of this worker meanwhile is done. Raises nothing."""
        began = time.monotonic()
        self._aside()
        self.aside_seconds += time.monotonic() - began

    def come(self, done: int, total: int, point: Mapping[str, Any] | None = None) -> None:
        """How far it is; told with the next beat. `point` is one of the curve."""
        with self._lock:
            self._done, self._total = done, total
            if point is not None:
                self._points.append(dict(point))

    @contextmanager
    def beating(self) -> Iterator[None]:
        thread = Thread(target=self._beats, name="beating", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def settle(self, name: str, fields: Mapping[str, Any]) -> None:
        """The last receipt. A second delivery of the same attempt then finds it done."""
        self._tell()
        if self._receipts.send(name, {**asdict(self.ticket), **fields}, beat=self._keep, patience=PATIENCE):
            self.leave()

    def leave(self) -> None:
        try:
            self._valkey.set(self._claim, "done", ex=DONE_TTL)
        except RedisError as error:
            log.warning("Could not close the claim on run %s: %s", self.ticket.run, error)

    def _beats(self) -> None:
        while True:
            self._keep()
            self._tell()
            if self._over.wait(BEAT_SECONDS):
                return

    def _keep(self) -> None:
        try:
            self._valkey.set(self._claim, self._owner, ex=CLAIM_TTL)
        except RedisError as error:
            log.warning("No heartbeat for run %s: %s", self.ticket.run, error)

    def _tell(self) -> None:
        """Points that the broker did not take are told with the next beat."""
        with self._lock:
            points, how_far = self._points, {"done": self._done, "total": self._total}
            self._points = []
        message = {**asdict(self.ticket), **how_far, "points": points}
        if not self._receipts.send(f"{self._about}_progress", message, beat=lambda: None, patience=0):
            with self._lock:
                self._points = points + self._points


class Errands:
    """Runs requests, one after the other, whatever they ask for."""

    def __init__(self, valkey: Redis, receipts: Receipts, stopping: Event) -> None:
        self._valkey, self._receipts, self._stopping = valkey, receipts, stopping

    def run(
        self, message: object, work: Work, receipt: str, about: str = "run", aside: Callable[[], None] = lambda: None
    ) -> None:
        """Never raises for what the message says: a receipt tells, or, without a ticket to answer on, the log. `aside`
        is called again and again between two steps of the work, by the thread that does it."""
        try:
            ticket = RunTicket.from_message(message)
        except EngineError as error:
            log.error("Dropped a message: %s", error.detail)
            return
        errand = Errand(self._valkey, self._receipts, ticket, self._stopping, about, aside)
        if not errand.claim():
            log.info("Attempt %d at run %s is in other hands.", ticket.attempt, ticket.run)
            return
        try:
            errand.look()
            with errand.beating():
                result = work(errand, message)  # type: ignore[arg-type]  # a mapping, or there were no ticket
        except Unwanted:
            log.info("Attempt %d at run %s is no longer wanted.", ticket.attempt, ticket.run)
            errand.leave()
        except EngineError as error:
            stopped = isinstance(error, WorkerStopped)
            errand.settle(f"{about}_failed", {"detail": error.detail, "stopped": stopped})
        except Exception as error:
            log.exception("Attempt %d at run %s broke.", ticket.attempt, ticket.run)
            detail = f"The worker met an unexpected {type(error).__name__}. Its log says more."
            errand.settle(f"{about}_failed", {"detail": detail, "stopped": False})
        else:
            errand.settle(receipt, result)
