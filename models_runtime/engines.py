"""The engines of one worker process: each loaded once, by whoever needs it first, shared by all threads."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from threading import Lock, Thread

from models_runtime import checkpoints
from models_runtime.engine import TICK, Engine, EngineError, ModelSpec
from models_runtime.scripted_engine import ScriptedEngine

log = logging.getLogger(__name__)

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """`identify` checks a source and returns its true hash; `load` then takes (source, hash)."""

    identify: Callable[[str, str], str]
    load: Callable[[str, str], Engine]


def _load_scripted(source: str, sha256: str) -> Engine:
    return ScriptedEngine(source)


def _load_transformers(source: str, sha256: str) -> Engine:
    """Imports torch only now: a worker that never loads a model starts in a second and stays small."""
    from models_runtime.transformers_engine import TransformersEngine

    return TransformersEngine.from_source(source, sha256)


def _identify_served(source: str, sha256: str) -> str:
    """A server does not say which weights it holds."""
    if sha256:
        detail = f"The model {source!r} is on another server, so that its hash cannot be checked; leave it empty."
        raise EngineError(detail, permanent=True)
    return ""


def _load_openai(source: str, sha256: str) -> Engine:
    from models_runtime.openai_engine import OpenAIEngine

    return OpenAIEngine.from_source(source)


KINDS: Mapping[str, Kind] = {
    "openai": Kind(_identify_served, _load_openai),
    "scripted": Kind(lambda source, sha256: sha256, _load_scripted),
    "transformers": Kind(checkpoints.verified_hash, _load_transformers),
}


class Engines:
    """One engine for each (engine, source, sha256). Model versions share it: they differ by system prompt
    only.

    Engines stay loaded for the life of the process; a machine is expected to hold what its queue asks for.
    """

    def __init__(self, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._kinds = kinds
        self._lock = Lock()
        self._engines: dict[Key, Future[Engine]] = {}

    def get(self, spec: ModelSpec, *, tick: Callable[[], None]) -> Engine:
        """The engine for `spec`, loading it if need be; `tick` is called while this waits and may raise."""
        future = self._future((spec.engine, spec.source, spec.sha256))
        while True:
            tick()
            try:
                return future.result(timeout=TICK)
            except NotYet:
                if future.done():
                    raise

    def preload(self, engine: str, source: str) -> None:
        """Starts loading in the background; a failure is logged, and met again by the first request."""
        self._future((engine, source, ""))

    def loaded(self) -> dict[Key, Engine]:
        with self._lock:
            futures = dict(self._engines)
        return {key: future.result() for key, future in futures.items() if _ready(future)}

    def close(self) -> None:
        for engine in self.loaded().values():
            engine.close()

    def _future(self, key: Key) -> Future[Engine]:
        with self._lock:
            future = self._engines.get(key)
            if future is None or (future.done() and not _ready(future)):  # what failed may have been mended
                future = self._engines[key] = Future()
                Thread(target=self._load, args=(key, future), name=f"load {key[1]}", daemon=True).start()
        return future

    def _load(self, key: Key, future: Future[Engine]) -> None:
        engine, source, sha256 = key
        try:
            if engine not in self._kinds:
                known = ", ".join(sorted(self._kinds))
                raise EngineError(f"This worker has no engine {engine!r}; it has {known}.", permanent=True)
            kind = self._kinds[engine]
            actual = kind.identify(source, sha256)
            if actual == sha256:
                future.set_result(kind.load(source, sha256))
            else:  # asked for without a hash: the same engine as for those who name it
                future.set_result(self._future((engine, source, actual)).result())
        except EngineError as error:
            log.warning("Could not load %s: %s", source, error)
            future.set_exception(error)
        except Exception as error:
            log.exception("Could not load %s", source)
            failure = EngineError(f"The model {source!r} could not be loaded: {error}")
            failure.__cause__ = error
            future.set_exception(failure)


def _ready(future: Future[Engine]) -> bool:
    return future.done() and future.exception() is None
