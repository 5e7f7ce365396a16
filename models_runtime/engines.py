"""The engines of one worker process: each loaded once, by whoever needs it first, shared by all threads."""

import gc
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TypeVar

from models_runtime import checkpoints
from models_runtime.engine import TICK, Engine, EngineError, ModelSpec
from models_runtime.memory import OutOfMemory, out_of_memory, release_memory
from models_runtime.scripted_engine import ScriptedEngine
from models_runtime.wording import because

log = logging.getLogger(__name__)

Key = tuple[str, str, str]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Kind:
    """`identify` checks a source and returns its true hash; `load` then takes (source, hash). Closing engines makes
    room in memory only if they are `heavy`.
    """

    identify: Callable[[str, str], str]
    load: Callable[[str, str], Engine]
    heavy: bool = True


@dataclass(slots=True, eq=False)
class Loaded:
    """`sha256` is what its weights were found to be, empty where nobody can tell."""

    engine: Engine
    sha256: str
    heavy: bool
    used: float = field(default_factory=time.monotonic)  # when somebody last had done with it


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
    "openai": Kind(_identify_served, _load_openai, heavy=False),
    "scripted": Kind(lambda source, sha256: sha256, _load_scripted, heavy=False),
    "transformers": Kind(checkpoints.verified_hash, _load_transformers),
}


class Engines:
    """One engine for each (engine, source, sha256). Model versions share it: they differ by system prompt
    only.

    Engines stay loaded until another needs the memory: when loading fails for lack of it, the one that nobody wants and
    that was idle for longest is closed, and loading tried once more. What somebody uses or waits for is never closed.
    """

    def __init__(self, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._kinds = kinds
        self._lock = Lock()
        self._engines: dict[Key, Future[Loaded]] = {}
        self._wanted: Counter[Key] = Counter()

    @contextmanager
    def using(self, spec: ModelSpec, *, tick: Callable[[], None]) -> Iterator[Loaded]:
        """The engine for `spec`, loaded if need be; `tick` is called while this waits and may raise."""
        key = (spec.engine, spec.source, spec.sha256)
        with self._wanting(key):
            loaded = _awaited(self._future(key), tick)
            try:
                yield loaded
            finally:
                loaded.used = time.monotonic()

    def preload(self, engine: str, source: str) -> None:
        """Starts loading in the background; a failure is logged, and met again by the first request."""
        self._future((engine, source, ""))

    def loaded(self) -> dict[Key, Engine]:
        with self._lock:
            return {key: loaded.engine for key, loaded in self._ready().items()}

    def close(self) -> None:
        """For the end of the process: nothing is left that would have to be looked for, which takes seconds an engine
        where the library does it.
        """
        gc.freeze()
        for engine in self.loaded().values():
            engine.close()

    @contextmanager
    def _wanting(self, key: Key) -> Iterator[None]:
        with self._lock:
            self._wanted[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanted[key] -= 1

    def _ready(self) -> dict[Key, Loaded]:
        """For those who hold the lock."""
        return {key: future.result() for key, future in self._engines.items() if _succeeded(future)}

    def _future(self, key: Key) -> Future[Loaded]:
        with self._lock:
            future = self._engines.get(key)
            if future is None or (future.done() and not _succeeded(future)):  # what failed may have been mended
                future = self._engines[key] = Future()
                Thread(target=self._load, args=(key, future), name=f"load {key[1]}", daemon=True).start()
        return future

    def _load(self, key: Key, future: Future[Loaded]) -> None:
        engine, source, sha256 = key
        try:
            if engine not in self._kinds:
                known = ", ".join(sorted(self._kinds))
                raise EngineError(f"This worker has no engine {engine!r}; it has {known}.", permanent=True)
            kind = self._kinds[engine]
            actual = self._with_room(source, lambda: kind.identify(source, sha256))
            if actual == sha256:
                made = self._with_room(source, lambda: kind.load(source, sha256))
                future.set_result(Loaded(made, sha256, kind.heavy))
            else:  # asked for without a hash: the same engine as for those who name it
                same = (engine, source, actual)
                with self._wanting(same):
                    future.set_result(self._future(same).result())
        except EngineError as error:
            log.warning("Could not load %s: %s", source, error)
            future.set_exception(_bare(error))
        except Exception as error:
            log.exception("Could not load %s", source)
            future.set_exception(EngineError(f"The model {source!r} could not be loaded: {because(error)}."))

    def _with_room(self, source: str, make: Callable[[], Made]) -> Made:
        """What `make` returns, if need be after another engine has made room for it."""
        try:
            return _in_words(source, make)
        except OutOfMemory as error:
            failure = _bare(error)
        release_memory()
        if not self._make_room():
            raise failure
        log.warning("Closed the engine that was idle for longest to make room for %s.", source)
        return _in_words(source, make)

    def _make_room(self) -> bool:
        """Closes one engine; False if all are wanted."""
        with self._lock:
            ready = self._ready()
            wanted = {id(loaded) for key, loaded in ready.items() if self._wanted[key]}
            idle = [loaded for loaded in ready.values() if loaded.heavy and id(loaded) not in wanted]
            if not idle:
                return False
            oldest = min(idle, key=lambda loaded: loaded.used)
            for key in [key for key, loaded in ready.items() if loaded is oldest]:
                del self._engines[key]
        oldest.engine.close()
        del oldest, idle, ready
        release_memory()
        return True


def _awaited(future: Future[Loaded], tick: Callable[[], None]) -> Loaded:
    while True:
        tick()
        try:
            return future.result(timeout=TICK)
        except NotYet:
            if future.done():
                raise


def _in_words(source: str, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except MemoryError as error:
        raise out_of_memory(error, f"load the model {source!r}") from error


def _bare(error: EngineError) -> EngineError:
    """Without its frames, which hold what was loaded so far, and which the error would keep for as long as it lives."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _succeeded(future: Future[Loaded]) -> bool:
    return future.done() and future.exception() is None
