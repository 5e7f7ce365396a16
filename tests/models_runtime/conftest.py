"""Fixtures of the model side: a real Valkey, a real worker, and the web side's end of their queues."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openai_harness import HELLO, Behaving, serving
from redis import Redis
from runtime_harness import Valkey, Web, running_worker

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.engine import Engine


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fragile_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """One for a test that takes it down."""
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def stream(valkey: Valkey) -> Iterator[Redis]:
    with closing(valkey.client()) as client:
        yield client


@pytest.fixture(scope="session")
def worker(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    with running_worker(valkey, tmp_path_factory.mktemp("worker") / "log") as process:
        yield process


@pytest.fixture
def web(valkey: Valkey) -> Web:
    return Web(valkey)


@pytest.fixture(scope="session")
def engine(models: Path) -> Iterator[Engine]:
    """The default model in bfloat16, as a worker runs it."""
    from models_runtime.transformers_engine import TransformersEngine

    loaded = TransformersEngine.from_folder(models / DEFAULT_MODEL)
    yield loaded
    loaded.close()


@pytest.fixture
def calm() -> Iterator[Behaving]:
    """An OpenAI-compatible server that answers everything with "Hello"."""
    with serving(lambda call: call.answer(*HELLO, "[DONE]")) as server:
        yield server
