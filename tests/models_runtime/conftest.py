"""Fixtures of the model side: a real Valkey, a real worker, and the web side's end of their queues."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from runtime_harness import Valkey, Web, running_worker


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
