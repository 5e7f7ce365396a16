"""Lets the runtime page see this worker: a key that says what it holds and expires when it is gone."""

import json
import logging
import os
from threading import Event, Thread

from redis import Redis, RedisError

from models_runtime.engines import Engines

log = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
TTL = 15


class Presence:
    """Writes `runtime:worker:{name}`. "device" is empty until a model is loaded: only the engine knows it."""

    def __init__(self, valkey: Redis, engines: Engines) -> None:
        self._valkey = valkey
        self._engines = engines
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
                self._valkey.set(key, self._describe(concurrency), ex=TTL)
            except RedisError as error:
                log.warning("Could not announce this worker: %s", error)
            if self._stop.wait(REFRESH_SECONDS):
                break
        try:
            self._valkey.delete(key)
        except RedisError as error:
            log.warning("Could not take the announcement back: %s", error)

    def _describe(self, concurrency: int) -> str:
        loaded = self._engines.loaded()
        return json.dumps(
            {
                "device": ", ".join(sorted({engine.device for engine in loaded.values()})),
                "models": sorted({source for _, source, _ in loaded}),
                "concurrency": concurrency,
                "pid": os.getpid(),
            }
        )
