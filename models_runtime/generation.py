"""From a message on the queue to the last receipt: one attempt at one completion."""

import logging
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from threading import Event

from redis import Redis

from models_runtime.attempts import Attempt, Unwanted, WorkerStopped
from models_runtime.engine import EngineError, Finish, GenerationRequest, Ticket
from models_runtime.engines import Engines
from models_runtime.figures import Figures, Tally
from models_runtime.receipts import Receipts

log = logging.getLogger(__name__)

LONGEST = 1_000_000  # characters of a response; the web side keeps no more


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fields of `receipts.finished`; seconds count from when the worker took the request.
    `model_sha256` is what the weights were found to be, empty where nobody can tell.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str
    first_token_seconds: float
    seconds: float
    model_sha256: str


class Generation:
    """Runs requests for the worker's threads; everything it holds may be shared between them."""

    def __init__(self, valkey: Redis, engines: Engines, receipts: Receipts, stopping: Event, figures: Figures) -> None:
        self._valkey = valkey
        self._engines = engines
        self._receipts = receipts
        self._stopping = stopping
        self._figures = figures

    def run(self, message: object, *, live: bool) -> None:
        """Never raises for what the message says: a receipt tells, or, without a ticket to answer on, the
        log."""
        try:
            ticket = Ticket.from_message(message)
        except EngineError as error:
            log.error("Dropped a message that names no completion to answer for: %s", error)
            return
        attempt = Attempt(self._valkey, ticket, self._stopping)
        try:
            if not attempt.claim():
                log.info("Attempt %d at %s is in other hands.", ticket.attempt, ticket.completion)
                return
        except EngineError as error:
            self._receipts.failed(ticket, error, beat=attempt.beat)
            return
        with self._figures.request(live=live) as tally:
            settled = self._settle(message, ticket, attempt, tally)
        if settled:
            attempt.done()

    def _settle(self, message: object, ticket: Ticket, attempt: Attempt, tally: Tally) -> bool:
        """True when nothing is left to say about this attempt."""
        try:
            outcome = self._answer(message, ticket, attempt, tally)
        except Unwanted:
            log.info("Attempt %d at %s is no longer wanted.", ticket.attempt, ticket.completion)
            return True
        except WorkerStopped as error:
            return self._receipts.failed(ticket, error, beat=attempt.beat)
        except EngineError as error:
            tally.failed(error.detail)
            return self._receipts.failed(ticket, error, beat=attempt.beat)
        except Exception as error:
            log.exception("Attempt %d at %s broke.", ticket.attempt, ticket.completion)
            failure = EngineError(f"The worker met an unexpected {type(error).__name__}.")
            tally.failed(failure.detail)
            return self._receipts.failed(ticket, failure, beat=attempt.beat)
        tally.done(outcome.completion_tokens)
        return self._receipts.finished(ticket, asdict(outcome), beat=attempt.beat)

    def _answer(self, message: object, ticket: Ticket, attempt: Attempt, tally: Tally) -> Outcome:
        began = time.monotonic()
        request = GenerationRequest.from_message(message, live=tally.live)
        tally.source = request.spec.source
        attempt.look()
        self._receipts.started(ticket)
        pieces: list[str] = []
        length, first, finish = 0, None, None
        with (
            self._engines.using(request.spec, tick=attempt.tick) as loaded,
            closing(loaded.engine.stream(request)) as chunks,
        ):
            for chunk in chunks:
                text = chunk.text.replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
                if text and first is None:
                    first = time.monotonic()
                    tally.wrote()
                pieces.append(text)
                length += len(text)
                if length > LONGEST:
                    raise EngineError(f"The model wrote more than {LONGEST:,} characters.", permanent=True)
                attempt.write(text)
                finish = chunk.finish
        if finish is None:
            raise EngineError("The engine ended without saying how.")
        attempt.flush()
        return _outcome("".join(pieces), finish, began, first, loaded.sha256)


def _outcome(text: str, finish: Finish, began: float, first: float | None, sha256: str) -> Outcome:
    ended = time.monotonic()
    return Outcome(
        text=text,
        prompt_tokens=finish.prompt_tokens,
        completion_tokens=finish.completion_tokens,
        finish_reason=finish.reason,
        first_token_seconds=round((first or ended) - began, 3),
        seconds=round(ended - began, 3),
        model_sha256=sha256,
    )
