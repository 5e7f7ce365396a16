"""From a message on the queue `encode` to its receipt. Nobody waits for it: it gives way to whoever writes for people.

The encoder is the default model of this worker, whichever model wrote the responses; the receipt names it by its hash.
"""

import json
import logging
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from redis import Redis, RedisError

from models_runtime.artifacts import Artifacts
from models_runtime.attempts import WorkerStopped
from models_runtime.engine import EngineError
from models_runtime.memory import is_out_of_memory, out_of_memory
from models_runtime.presence import WORKERS
from models_runtime.receipts import PATIENCE, Receipts

if TYPE_CHECKING:
    from models_runtime.encoding import Encoded, Encoder

log = logging.getLogger(__name__)

UNDER_WAY = "encode:under-way"  # the web side makes it when it asks, and asks again once it has expired
UNDER_WAY_TTL = 120
GIVES_WAY = 20.0  # seconds, at most, before each pass while somebody waits for a response
LOOK = 0.5


class EncodeRequests:
    """Runs requests one after the other; one thread calls it. The encoder is loaded for the first, and kept."""

    def __init__(self, valkey: Redis, receipts: Receipts, store: Callable[[], Artifacts], stopping: Event) -> None:
        self._valkey, self._receipts, self._store, self._stopping = valkey, receipts, store, stopping
        self._encoder: Encoder | None = None

    def run(self, message: Any) -> None:
        """Never raises for what the message says: a receipt tells, or, without anything to answer on, the log."""
        try:
            about = {
                "comparisons": [str(pair["comparison"]) for pair in message["pairs"]],
                "receipt": str(message["receipt"]),
            }
        except (KeyError, TypeError) as error:
            log.error("Dropped a message that names no comparisons to answer for: %r", error)
            return
        try:
            found = self._read(message["pairs"])
        except EngineError as error:
            self._say("not_encoded", {**about, "detail": error.detail})
        except Exception as error:
            log.exception("%d comparisons were not encoded.", len(about["comparisons"]))
            detail = f"The worker met an unexpected {type(error).__name__}. Its log says more."
            if is_out_of_memory(error):
                detail = out_of_memory(error, "encode with the default model").detail
            self._say("not_encoded", {**about, "detail": detail})
        else:
            self._say("encoded", {**about, **found})

    def encoder(self) -> "Encoder":
        from models_runtime.encoding import Encoder  # torch, only now

        if self._encoder is None:
            self._encoder = Encoder.from_source()
        return self._encoder

    def _read(self, asked: list[Any]) -> dict[str, Any]:
        from models_runtime.encoding import Pair

        pairs, encoder = [Pair.from_message(pair) for pair in asked], self.encoder()
        encoded = encoder.encode(pairs, self._tick)
        return {
            "encoder": encoder.sha256,
            "artifact": self._keep(encoded) if encoded.comparisons else "",
            "rows": encoded.comparisons,
            "refused": encoded.refused,
            "seconds": round(encoded.seconds, 3),
        }

    def _keep(self, encoded: "Encoded") -> str:
        try:
            with tempfile.TemporaryDirectory() as folder:
                place = Path(folder) / "states.safetensors"
                place.write_bytes(encoded.saved())
                return self._store().add(place)
        except OSError as error:
            raise EngineError(f"What was encoded could not be kept: {error.strerror or error}.") from error

    def _tick(self) -> None:
        """Before each pass."""
        waited = 0.0
        while True:
            self._prolong()
            if self._stopping.is_set():
                raise WorkerStopped
            if waited >= GIVES_WAY or not self._somebody_waits():
                return
            self._stopping.wait(LOOK)
            waited += LOOK

    def _prolong(self) -> None:
        try:
            self._valkey.expire(UNDER_WAY, UNDER_WAY_TTL)
        except RedisError as error:
            log.warning("The stream did not hear that comparisons are being encoded: %s", error)

    def _somebody_waits(self) -> bool:
        """Whether a worker on this machine writes for people, as it said within the last seconds."""
        try:
            here = [name for name in map(str, self._valkey.smembers(WORKERS)) if is_here(name)]
            said = [json.loads(self._valkey.get(f"runtime:worker:{name}") or "{}") for name in here]
            return any(worker.get("figures", {}).get("running_live") for worker in said)
        except (RedisError, ValueError, AttributeError) as error:
            log.warning("Whether anybody waits for a response could not be read: %s", error)
            return False

    def _say(self, name: str, fields: dict[str, Any]) -> None:
        self._receipts.send(name, fields, beat=self._prolong, patience=PATIENCE)


def is_here(name: str) -> bool:
    """Of a worker's name, `generation@HOST`."""
    return name.partition("@")[2] == socket.gethostname()
