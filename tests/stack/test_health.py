"""/healthz: what it tells, what it keeps to itself, and that it answers in time."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest
import redis
from django.test import Client

from labeling.dialogues import workers
from labeling.home import health
from labeling.stack import REPOSITORY
from tests.processes import PATIENCE

CONSUMERS = ("runtime:worker:one", "runtime:labeling", "runtime:datasets", "runtime:receipts")
TRAINING = "runtime:training"


@pytest.fixture
def consumers(own_stream: redis.Redis) -> redis.Redis:
    """All of them announced, as they are while they run."""
    for key in (*CONSUMERS, TRAINING):
        own_stream.set(key, "1")
    own_stream.sadd(workers.NAMES, "one")
    return own_stream


@pytest.mark.django_db(transaction=True)
def test_it_says_that_everything_is_well_to_anybody(client: Client, consumers: redis.Redis) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    parts = ("database", "broker", "stream", "generation", "labeling", "datasets", "receipts", "training")
    assert answer.json() == dict.fromkeys(parts, "ok")
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("key", "part"), [*zip(CONSUMERS, ("generation", "labeling", "datasets", "receipts"), strict=True)]
)
def test_it_names_a_consumer_that_is_missing(client: Client, consumers: redis.Redis, key: str, part: str) -> None:
    consumers.delete(key)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "announced" in answer.json().pop(part)
    assert {state for name, state in answer.json().items() if name != part} == {"ok"}


@pytest.mark.django_db(transaction=True)
def test_it_names_a_training_worker_that_is_missing_and_is_well_without(client: Client, consumers: redis.Redis) -> None:
    consumers.delete(TRAINING)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert "announced" in answer.json().pop("training")
    assert {state for name, state in answer.json().items() if name != "training"} == {"ok"}


@pytest.mark.django_db(transaction=True)
def test_it_answers_in_time_when_the_stream_does_not(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        lost = redis.Redis(port=silent.getsockname()[1], socket_timeout=PATIENCE)
        monkeypatch.setattr(health.streams, "client", lambda: lost)
        began = time.monotonic()
        answer = client.get("/healthz")
        assert time.monotonic() - began < PATIENCE, "it was not waited for"
    assert answer.status_code == 503
    assert answer.json()["stream"] == "does not answer"
    assert answer.json()["database"] == "ok"


def test_it_tells_nothing_about_servers_it_cannot_reach() -> None:
    """In a process of its own, for addresses are read once."""
    code = "import django, json; django.setup(); from labeling.home.health import health; print(json.dumps(health()))"
    away = {
        "DATABASE_URL": "postgresql://ada:secret@127.0.0.1:1/tandem",
        "BROKER_URL": "redis://:secret@127.0.0.1:1/0",
        "STREAM_URL": "redis://:secret@127.0.0.1:1/1",
        "DJANGO_SETTINGS_MODULE": "labeling.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env={**os.environ, **away}, capture_output=True, check=True
    )
    assert set(json.loads(done.stdout).values()) == {"does not answer"}
