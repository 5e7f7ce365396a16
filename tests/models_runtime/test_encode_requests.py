"""A request to encode, from its message to its receipt and the file that it names; and who goes first."""

import hashlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import tiny_models
from redis import Redis
from reward_harness import Asking, training_worker
from runtime_harness import Valkey, until
from safetensors.numpy import load

from models_runtime import encode_requests
from models_runtime.artifacts import artifacts
from models_runtime.attempts import WorkerStopped
from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.encode_requests import UNDER_WAY, EncodeRequests
from models_runtime.presence import WORKERS


class Told:
    """Receipts that have no broker."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send(self, name: str, message: dict[str, Any], **_: Any) -> bool:
        self.sent.append((name, message))
        return True


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def stopping() -> Event:
    return Event()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTIFACT_URL", str(tmp_path / "artifacts"))
    return tmp_path / "artifacts"


@pytest.fixture
def requests(stream: Redis, told: Told, stopping: Event, store: Path, tmp_path: Path, monkeypatch) -> EncodeRequests:
    """With a tiny model in the place of the default one."""
    tiny_models.llama(tmp_path / "models" / DEFAULT_MODEL)
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "models"))
    return EncodeRequests(stream, told, artifacts, stopping)  # type: ignore[arg-type]  # all of it that is asked


def message(*responses: tuple[str, str], prompt: str = "Why?") -> dict[str, Any]:
    context = [{"role": "user", "content": prompt}]
    pairs = [{"comparison": str(uuid4()), "context": context, "first": a, "second": b} for a, b in responses]
    return {"receipt": "signed", "pairs": pairs}


def test_what_it_reads_is_kept_under_its_hash_and_told(requests, told, store):
    asked = message(("Because.", "No idea."), ("Yes.", "No."))
    requests.run(asked)
    [(name, receipt)] = told.sent
    assert name == "encoded"
    assert receipt["comparisons"] == [pair["comparison"] for pair in asked["pairs"]]
    assert (receipt["receipt"], receipt["refused"]) == ("signed", {})
    assert sorted(receipt["rows"]) == sorted(receipt["comparisons"])
    written = (store / receipt["artifact"][:2] / receipt["artifact"]).read_bytes()
    assert hashlib.sha256(written).hexdigest() == receipt["artifact"]
    assert load(written)["last"].shape == (2, 2, 32)
    assert len(receipt["encoder"]) == 64 and receipt["seconds"] > 0


def test_the_request_counts_as_under_way_while_it_is_read(requests, stream):
    stream.set(UNDER_WAY, "1", ex=5)
    requests.run(message(("a", "b")))
    assert stream.ttl(UNDER_WAY) > 100


def test_a_worker_without_the_model_says_so(requests, told, tmp_path, monkeypatch):
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "none"))
    asked = message(("a", "b"))
    requests.run(asked)
    [(name, receipt)] = told.sent
    assert name == "not_encoded"
    assert "This worker has no model" in receipt["detail"]
    assert receipt["comparisons"] == [asked["pairs"][0]["comparison"]]


def test_a_store_that_takes_nothing_is_told(requests, told, store):
    store.write_text("a file where the folder should be")
    requests.run(message(("a", "b")))
    [(name, receipt)] = told.sent
    assert name == "not_encoded" and "could not be kept" in receipt["detail"]


@pytest.mark.parametrize("rubbish", [None, [], {}, {"pairs": 7, "receipt": ""}, {"pairs": [{}], "receipt": "x"}])
def test_rubbish_is_dropped_without_a_word(requests, told, rubbish):
    requests.run(rubbish)
    assert told.sent == []


def test_a_pair_that_is_none_fails_its_request(requests, told):
    asked = message(("a", "b"))
    del asked["pairs"][0]["first"]
    requests.run(asked)
    [(name, receipt)] = told.sent
    assert name == "not_encoded" and "not valid" in receipt["detail"]


def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(requests, told, stopping):
    stopping.set()
    requests.run(message(("a", "b")))
    [(name, receipt)] = told.sent
    assert (name, receipt["detail"]) == ("not_encoded", WorkerStopped().detail)


@pytest.fixture
def generating(stream: Redis) -> Iterator[Any]:
    """A worker on this machine that says for how many people it writes."""
    name = f"generation@{socket.gethostname()}"

    def say(running: int, name: str = name) -> None:
        stream.sadd(WORKERS, name)
        stream.set(f"runtime:worker:{name}", json.dumps({"figures": {"running_live": running}}))

    yield say
    stream.srem(WORKERS, name)
    stream.delete(f"runtime:worker:{name}")


def looks(stream: Redis, thread: Thread) -> bool:
    """Waits for its next look at who waits; False if it has gone on."""
    stream.set(UNDER_WAY, "1", ex=5)
    until(lambda: stream.ttl(UNDER_WAY) > 100 or not thread.is_alive())
    return thread.is_alive()


def ticking(requests: EncodeRequests) -> Thread:
    thread = Thread(target=requests._tick, daemon=True)
    thread.start()
    return thread


def test_it_gives_way_while_a_response_is_written_for_somebody(requests, stream, generating, monkeypatch):
    monkeypatch.setattr(encode_requests, "LOOK", 0.05)
    generating(2)
    thread = ticking(requests)
    assert all(looks(stream, thread) for _ in range(3))
    generating(0)
    thread.join(30)
    assert not thread.is_alive()


def test_it_does_not_give_way_for_ever(requests, stream, generating, monkeypatch):
    monkeypatch.setattr(encode_requests, "GIVES_WAY", 0.1)
    monkeypatch.setattr(encode_requests, "LOOK", 0.05)
    generating(2)
    thread = ticking(requests)
    thread.join(30)
    assert not thread.is_alive()


def test_a_worker_on_another_machine_is_none_of_its_business(requests, stream, generating):
    generating(2, "generation@elsewhere")
    try:
        requests._tick()
    finally:
        stream.srem(WORKERS, "generation@elsewhere")
        stream.delete("runtime:worker:generation@elsewhere")


def test_it_can_be_stopped_while_it_gives_way(requests, generating, stopping):
    generating(2)
    with ThreadPoolExecutor(1) as pool:
        ticked = pool.submit(requests._tick)
        stopping.set()
        with pytest.raises(WorkerStopped):
            ticked.result(30)


@pytest.mark.usefixtures("requests")
def test_a_training_worker_reads_what_it_is_asked(valkey: Valkey, tmp_path: Path):
    web, asked = Asking(valkey), message(("Because.", "No idea."))

    def receipt() -> dict[str, Any] | None:
        web._drain()
        named = [pair["comparison"] for pair in asked["pairs"]]
        return next((said for name, said in web._read if name == "encoded" and said["comparisons"] == named), None)

    with training_worker(valkey, tmp_path / "log"):
        web.app.send_task("models_runtime.encode", kwargs={"request": asked}, queue="encode")
        assert until(receipt)["receipt"] == "signed"
