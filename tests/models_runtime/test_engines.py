"""The engines of a worker: loaded once, and closed only for another that needs the memory."""

import threading
import weakref
from collections.abc import Callable, Generator

import pytest
from runtime_harness import PATIENCE, request, until

from models_runtime.engine import Chunk, Engine, EngineError, GenerationRequest, ModelSpec
from models_runtime.engines import Engines, Kind, Loaded
from models_runtime.memory import OutOfMemory

HASH = "f" * 64


class Weights:
    """What a real engine would hold in memory."""


class Held:
    """An engine that says nothing and takes one place in `Memory`."""

    device = "memory"

    def __init__(self, memory: "Memory", source: str) -> None:
        self.source = source
        self._memory = memory

    def stream(self, request: GenerationRequest) -> Generator[Chunk, None, None]:
        yield Chunk(self.source)

    def close(self) -> None:
        self._memory.held.remove(self.source)


class Memory:
    """Room for so many engines; one more is a MemoryError."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held: list[str] = []
        self.tried: list[str] = []

    def load(self, source: str, sha256: str) -> Engine:
        self.tried.append(source)
        if len(self.held) >= self.room:
            raise MemoryError
        self.held.append(source)
        return Held(self, source)


def found(source: str, sha256: str) -> str:
    return HASH


def engines(memory: Memory, **others: Kind) -> Engines:
    return Engines({"big": Kind(found, memory.load), **others})


def spec(source: str, sha256: str = "", engine: str = "big") -> ModelSpec:
    return request(source, engine, sha256=sha256).spec


def use(held: Engines, source: str, **more: str) -> Loaded:
    with held.using(spec(source, **more), tick=lambda: None) as loaded:
        return loaded


def failure(held: Engines, source: str, **more: str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        use(held, source, **more)
    return caught.value


def test_it_hands_out_the_hash_that_was_found():
    held = engines(Memory(1))
    assert use(held, "a").sha256 == HASH
    assert use(held, "a", sha256=HASH) is use(held, "a")


def test_the_one_that_was_idle_for_longest_makes_room():
    memory = Memory(2)
    held = engines(memory)
    for source in ("a", "b", "a", "c"):
        use(held, source)
    assert memory.held == ["a", "c"]
    use(held, "b")
    assert memory.held == ["c", "b"]
    assert sorted(source for _, source, _ in held.loaded()) == ["b", "b", "c", "c"], "with the hash and without"


def test_one_that_was_closed_is_loaded_again_for_whoever_asks():
    memory = Memory(1)
    held = engines(memory)
    first = use(held, "a")
    use(held, "b")
    assert use(held, "a") is not first
    assert use(held, "a", sha256=HASH) is use(held, "a")
    assert memory.held == ["a"]


def test_one_in_use_is_never_closed():
    memory = Memory(1)
    held = engines(memory)
    with held.using(spec("a"), tick=lambda: None):
        refusal = failure(held, "b")
        assert memory.held == ["a"]
    assert not refusal.permanent, "another worker may have the room"
    assert "too little memory to load the model 'b'" in refusal.detail
    assert "smaller model" in refusal.detail
    use(held, "b")
    assert memory.held == ["b"]


def test_one_that_somebody_still_waits_for_is_not_closed_either():
    """Loaded, but whoever asked has not been told yet."""
    memory = Memory(1)
    held = engines(memory)
    asked, go_on, told = threading.Event(), threading.Event(), []

    def tick() -> None:
        asked.set()
        assert go_on.wait(PATIENCE)

    def wait() -> None:
        with held.using(spec("a"), tick=tick) as loaded:
            told.append(loaded)

    held.preload("big", "a")
    until(lambda: memory.held == ["a"])
    waiting = threading.Thread(target=wait)
    waiting.start()
    assert asked.wait(PATIENCE)
    failure(held, "b")
    go_on.set()
    waiting.join(PATIENCE)
    assert told
    assert memory.held == ["a"]


def test_it_tries_no_more_than_once_more():
    memory = Memory(1)
    held = engines(memory)
    use(held, "a")
    memory.room = 0
    assert isinstance(failure(held, "b"), OutOfMemory)
    assert memory.tried == ["a", "b", "b"]
    assert memory.held == [], "the first was closed in vain"


def test_closing_what_holds_no_memory_is_not_tried():
    memory = Memory(0)
    light = Memory(1)
    held = engines(memory, light=Kind(found, light.load, heavy=False))
    use(held, "server", engine="light")
    failure(held, "b")
    assert (memory.tried, light.held) == (["b"], ["server"])


def test_what_lacks_memory_while_it_is_looked_for_makes_room_too():
    """A conversion holds the whole model."""
    memory = Memory(1)

    def convert(source: str, sha256: str) -> str:
        if source == "b" and memory.held:
            raise OutOfMemory("No room to convert.")
        return HASH

    held = Engines({"big": Kind(convert, memory.load)})
    use(held, "a")
    use(held, "b")
    assert memory.held == ["b"]


@pytest.mark.parametrize("error", [EngineError("broken"), OutOfMemory("full"), MemoryError()])
def test_a_failed_load_keeps_nothing_of_what_it_had_loaded(error: Exception):
    left: list[weakref.ref[Weights]] = []

    def load(source: str, sha256: str) -> Engine:
        weights = Weights()
        left.append(weakref.ref(weights))
        raise type(error)(*error.args) from error

    held = Engines({"big": Kind(found, load)})
    failure(held, "a")
    until(lambda: all(weights() is None for weights in left))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyError("'model.layers'"), "could not be loaded: KeyError"),
        (RuntimeError("first line\nsecond line"), "could not be loaded: first line second line."),
        (AssertionError(), "could not be loaded: AssertionError."),
        (RuntimeError("x" * 5000), "x…"),
    ],
    ids=str,
)
def test_what_nobody_foresaw_is_told_in_one_short_line(error: Exception, says: str):
    def load(source: str, sha256: str) -> Engine:
        raise error

    refusal = failure(Engines({"big": Kind(found, load)}), "a")
    assert says in refusal.detail
    assert "\n" not in refusal.detail
    assert len(refusal.detail) < 300
    assert not refusal.permanent


def test_many_at_once_get_one_engine():
    memory = Memory(1)
    held = engines(memory)
    told: list[Loaded] = []
    calls: list[Callable[[], None]] = [lambda: told.append(use(held, "a"))] * 8
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(told) == 8
    assert len({id(loaded) for loaded in told}) == 1
    assert memory.tried == ["a"]
