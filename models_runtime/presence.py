"""Lets the web side see this worker: a key that says what it serves and holds, and expires when it is gone."""

import json
import logging
import os
import time
from collections.abc import Sequence
from threading import Event, Thread

from redis import Redis, RedisError

from models_runtime.engines import Engines
from models_runtime.figures import Figures

log = logging.getLogger(__name__)

REFRESH_SECONDS = 2.0
TTL = 15
WORKERS = "runtime:workers"  # the names of all, so that nobody need scan for the keys; readers take out the gone


class Presence:
    """Writes `runtime:worker:{name}`. "device" is empty until a model is loaded: only the engine knows it."""

    def __init__(self, valkey: Redis, engines: Engines, serves: Sequence[str], figures: Figures) -> None:
        self._valkey = valkey
        self._engines = engines
        self._serves = serves
        self._figures = figures
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self, name: str, concurrency: int) -> None:
        self._thread = Thread(target=self._run, args=(name, concurrency), name="presence", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the key is gone, or when a Valkey that does not answer has had its time-out."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, name: str, concurrency: int) -> None:
        key = f"runtime:worker:{name}"
        while True:
            try:
                pipe = self._valkey.pipeline(transaction=False)
                pipe.set(key, self._describe(concurrency), ex=TTL)
                pipe.sadd(WORKERS, name)
                pipe.execute()
            except RedisError as error:
                log.warning("Could not announce this worker: %s", error)
            if self._stop.wait(REFRESH_SECONDS):
                break
        try:
            self._valkey.delete(key)
            self._valkey.srem(WORKERS, name)
        except RedisError as error:
            log.warning("Could not take the announcement back: %s", error)

    def _describe(self, concurrency: int) -> str:
        loaded = self._engines.loaded()
        return json.dumps(
            {
                "device": ", ".join(sorted({engine.device for engine in loaded.values()})),
                "serves": list(self._serves),
                "models": sorted({source for _, source, _ in loaded}),
                "concurrency": concurrency,
                "pid": os.getpid(),
                "at": round(time.time(), 3),
                "figures": self._figures.summary(),
            }
        )
