"""Requests go to workers that serve their model, and find another way when such a worker goes away."""

import json
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from labeling.celery import app
from labeling.dialogues import generation, recovery, routing, streams, workers
from labeling.dialogues.models import Completion
from models_runtime import presence, queues

pytestmark = pytest.mark.usefixtures("own_stream")


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    """(completion, queue) of what the broker is handed."""
    messages: list[tuple[str, str]] = []

    def keep(name: str, *, kwargs: dict, queue: str) -> None:
        messages.append((kwargs["request"]["completion"], queue))

    monkeypatch.setattr(app, "send_task", keep)
    return messages


def announce(name: str, *serves: str, **more: object) -> None:
    client = streams.client()
    client.set(f"runtime:worker:{name}", json.dumps({"serves": serves, "concurrency": 4, **more}))
    client.sadd(workers.NAMES, name)
    routing.served.forget()


def leave(name: str) -> None:
    streams.client().delete(f"runtime:worker:{name}")
    routing.served.forget()


@pytest.mark.parametrize("source", ["scripted", "/data/models/Llama ü", "https://gpu.example.org/v1#org/model"])
def test_both_sides_know_a_source_by_the_same_queues(source):
    names = [queue.name for queue in queues.queues([source])]
    assert names == [routing.queue_name(kind, source) for kind in (routing.LIVE, routing.STOCK)]
    assert [queue.name for queue in queues.queues([])] == [routing.LIVE, routing.STOCK]
    assert presence.WORKERS == workers.NAMES


def test_a_source_that_a_worker_names_has_its_own_queues():
    announce("gpu-1", "llama", "mistral")
    assert routing.queue_for("llama", stock=False) == routing.queue_name("live", "llama")
    assert routing.queue_for("mistral", stock=True) == routing.queue_name("stock", "mistral")
    assert routing.queue_for("gemma", stock=False) == "live"
    assert routing.queue_for("gemma", stock=True) == "stock"


def test_a_worker_that_serves_anything_is_asked_through_the_general_queues():
    announce("gpu-1")
    assert routing.queue_for("llama", stock=False) == "live"


def test_a_worker_that_is_gone_is_asked_for_nothing_more():
    announce("gpu-1", "llama")
    leave("gpu-1")
    assert routing.queue_for("llama", stock=False) == "live"
    assert not streams.client().sismember(workers.NAMES, "gpu-1")


def test_one_of_two_workers_may_go_away():
    announce("gpu-1", "llama")
    announce("gpu-2", "llama")
    leave("gpu-1")
    assert routing.queue_for("llama", stock=False) == routing.queue_name("live", "llama")


def test_it_does_not_ask_for_each_request(monkeypatch):
    monkeypatch.setattr(routing.served, "_seconds", 60)
    announce("gpu-1", "llama")
    own = routing.queue_for("llama", stock=False)
    streams.client().delete("runtime:worker:gpu-1")
    assert routing.queue_for("llama", stock=False) == own


def test_the_general_queues_are_left_when_the_stream_is_away(monkeypatch):
    def away() -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(workers, "announced", away)
    assert routing.queue_for("llama", stock=False) == "live"


@pytest.mark.parametrize("words", ["", "17", "[" * 100_000, '{"serves": [17, null, ""], "concurrency": "many"}'])
def test_a_worker_that_announces_rubbish_breaks_nothing(words):
    announce("gpu-2", "llama")
    announce("gpu-1")
    streams.client().set("runtime:worker:gpu-1", words)
    assert routing.queue_for("llama", stock=False) == routing.queue_name("live", "llama")
    assert [worker.concurrency for worker in workers.announced() if worker.name == "gpu-1"] == [0]


def test_what_waited_for_a_worker_that_went_away_is_sent_elsewhere(turn, sent):
    announce("gpu-1", "scripted")
    completion = turn.completions.first()
    generation.send(completion.pk)
    leave("gpu-1")
    past = timezone.now() - timedelta(seconds=31)
    Completion.objects.filter(pk=completion.pk).update(queued_at=past, sent_at=past)
    recovery.sweep()
    assert sent == [
        (str(completion.pk), routing.queue_name("live", "scripted")),
        (str(completion.pk), "live"),
    ]
