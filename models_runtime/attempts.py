"""One attempt at one completion as the stream Valkey sees it: who holds it, is it wanted, what was said.

Nothing here decides the fate of a completion. The deltas are for the eyes of whoever waits; the text that
counts travels in the receipt. So a Valkey that is away for a while costs liveliness, never a completion.
"""

import logging
import time
from threading import Event
from typing import Any
from uuid import uuid4

from redis import Redis, RedisError
from redis.client import Pipeline

from models_runtime.engine import EngineError, Ticket

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.08  # deltas are coalesced so long: smoother than the eye, and 12 writes a second at most
LOOK_SECONDS = 0.25  # without deltas, the wanted attempt is read so often
BEAT_SECONDS = 2.0
CLAIM_TTL = 15
DONE_TTL = 120  # long enough to drop a second delivery; then a receipt that never arrived may be missed
STREAM_TTL = 3600
STREAM_LENGTH = 8192
OUTAGE_PAUSE = 1.0  # between tries while Valkey does not answer
CLAIM_PATIENCE = 30.0


class Unwanted(Exception):
    """The web side wants another attempt, or none: drop this one without a word."""


class WorkerStopped(EngineError):
    """This worker is shutting down; another one, or its successor, can do the same at once."""

    def __init__(self) -> None:
        super().__init__("The worker was stopped.")


class Attempt:
    """Not thread safe: one thread works on one attempt."""

    def __init__(self, valkey: Redis, ticket: Ticket, stopping: Event) -> None:
        self._valkey = valkey
        self._ticket = ticket
        self._stopping = stopping
        self._owner = uuid4().hex
        self._stream = f"completion:{ticket.completion}:stream"
        self._wanted = f"completion:{ticket.completion}:attempt"
        self._heartbeat = f"completion:{ticket.completion}:{ticket.attempt}:heartbeat"
        self._written: list[str] = []
        self._pending: list[str] = []
        self._restart = True  # the next write begins with a reset and repeats everything so far
        self._next_flush = self._next_look = self._next_beat = 0.0

    def claim(self) -> bool:
        """False if this attempt is, or was, in other hands: the message was delivered twice.

        The key holds an owner rather than a flag, since a lost reply to SET NX looks like another's claim.
        """
        until = time.monotonic() + CLAIM_PATIENCE
        while True:
            try:
                if self._valkey.set(self._heartbeat, self._owner, nx=True, ex=CLAIM_TTL):
                    return True
                return bool(self._valkey.get(self._heartbeat) == self._owner)
            except RedisError as error:
                log.warning("Waiting for the stream to claim %s: %s", self._ticket.completion, error)
            if self._stopping.wait(OUTAGE_PAUSE):
                raise WorkerStopped
            if time.monotonic() > until:
                raise EngineError("The worker could not reach the stream (STREAM_URL).")

    def look(self) -> None:
        """Raises `Unwanted` without having written anything: for before the start."""
        try:
            self._check(self._valkey.get(self._wanted))
        except RedisError as error:
            log.warning("Could not read what is wanted of %s: %s", self._ticket.completion, error)

    def write(self, text: str) -> None:
        """Adds a piece of the text; it becomes visible with the next flush."""
        if text:
            self._pending.append(text)
        self.tick()

    def tick(self) -> None:
        """Does what is due: flush, beat, look. Call it every second or so; it raises Unwanted,
        WorkerStopped.
        """
        if self._stopping.is_set():
            raise WorkerStopped
        now = time.monotonic()
        if now >= self._next_look or (self._pending and now >= self._next_flush):
            self._exchange(now)

    def flush(self) -> None:
        """Writes what is left, at the end of a text; no patience, for the receipt brings it all anyway."""
        self._exchange(time.monotonic())
        if self._restart:
            self._exchange(time.monotonic())

    def beat(self) -> None:
        """Keeps the claim while there is nothing left to say, as when a receipt waits for the broker."""
        try:
            self._valkey.set(self._heartbeat, self._owner, ex=CLAIM_TTL)
        except RedisError as error:
            log.warning("No heartbeat for %s: %s", self._ticket.completion, error)

    def done(self) -> None:
        """Call it after the last receipt: the attempt is over, and a late second delivery finds it so."""
        try:
            self._valkey.set(self._heartbeat, "done", ex=DONE_TTL)
        except RedisError as error:
            log.warning("Could not close the claim on %s: %s", self._ticket.completion, error)

    def _exchange(self, now: float) -> None:
        """One round trip for everything that is due.

        Whether a failed write has arrived cannot be known, nor whether a restarted server kept what came
        before. So after a failure the attempt is told again from its reset on: no reader sees a piece twice.
        """
        pipe = self._valkey.pipeline(transaction=False)
        pipe.get(self._wanted)
        pipe.exists(self._stream)
        if self._restart:
            self._append(pipe, "reset", "")
        text = "".join(self._written + self._pending if self._restart else self._pending)
        if text:
            self._append(pipe, "delta", text)
        if text or self._restart:
            pipe.expire(self._stream, STREAM_TTL)
        if now >= self._next_beat:
            pipe.set(self._heartbeat, self._owner, ex=CLAIM_TTL)
        try:
            wanted, kept, *_ = pipe.execute()
        except RedisError as error:
            log.warning("Could not write to the stream of %s: %s", self._ticket.completion, error)
            self._restart = True
            self._next_look = self._next_flush = now + OUTAGE_PAUSE
            return
        forgotten = not kept and not self._restart
        self._settle(now)
        if forgotten:  # it was restarted so fast that nothing failed
            self._restart, self._next_flush, self._next_look = True, now, now
        self._check(wanted)

    def _check(self, wanted: object) -> None:
        """No key: whoever asked did not say, or Valkey has forgotten it in a restart; go on."""
        if wanted is not None and wanted != str(self._ticket.attempt):
            raise Unwanted

    def _settle(self, now: float) -> None:
        self._written += self._pending
        self._pending = []
        self._restart = False
        self._next_look, self._next_flush = now + LOOK_SECONDS, now + FLUSH_SECONDS
        if now >= self._next_beat:
            self._next_beat = now + BEAT_SECONDS

    def _append(self, pipe: Pipeline, kind: str, text: str) -> None:
        entry: Any = {"attempt": self._ticket.attempt, "kind": kind, "text": text}
        pipe.xadd(self._stream, entry, maxlen=STREAM_LENGTH)
