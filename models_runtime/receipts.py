"""Tells the web side how an attempt went. A receipt is the only thing that settles what was asked for."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from threading import Event
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from models_runtime.attempts import WorkerStopped
from models_runtime.engine import EngineError, Ticket

log = logging.getLogger(__name__)

PATIENCE = 120.0  # seconds that a receipt waits for a broker that is away; after that the sweeper asks again
PATIENCE_WHEN_STOPPING = 3.0
PAUSE = 1.0

Beat = Callable[[], None]


class Receipts:
    def __init__(self, app: Celery, stopping: Event) -> None:
        self._app = app
        self._stopping = stopping

    def started(self, ticket: Ticket) -> None:
        """A courtesy to the page: one try, for the work need not wait for it."""
        self.send("started", asdict(ticket), beat=lambda: None, patience=0)

    def finished(self, ticket: Ticket, fields: Mapping[str, Any], *, beat: Beat) -> bool:
        return self.send("finished", {**asdict(ticket), **fields}, beat=beat, patience=PATIENCE)

    def failed(self, ticket: Ticket, error: EngineError, *, beat: Beat) -> bool:
        stopped = isinstance(error, WorkerStopped)
        fields = {
            "detail": error.detail,
            "permanent": error.permanent,
            "tokens_over": error.tokens_over,
            "stopped": stopped,
        }
        return self.send("failed", {**asdict(ticket), **fields}, beat=beat, patience=PATIENCE)

    def send(self, name: str, message: Mapping[str, Any], *, beat: Beat, patience: float) -> bool:
        """Queues `receipts.{name}`; False if the broker stayed away too long.

        `beat` is called between tries and keeps the claim, so that nobody starts the work again meanwhile. A
        connection lost at the wrong moment can send twice; the receiving side stores one result once.
        """
        began = time.monotonic()
        while True:
            try:
                self._app.send_task(f"receipts.{name}", kwargs=dict(message), queue="receipts", retry=False)
                return True
            except OperationalError as error:
                limit = min(patience, PATIENCE_WHEN_STOPPING) if self._stopping.is_set() else patience
                if time.monotonic() - began >= limit:
                    log.error("Gave up on receipts.%s of %s: %s", name, _whose(message), error)
                    return False
                log.warning("receipts.%s of %s waits for the broker: %s", name, _whose(message), error)
            time.sleep(PAUSE)
            beat()


def _whose(message: Mapping[str, Any]) -> object:
    return message.get("completion") or message.get("run")
