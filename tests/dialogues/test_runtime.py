"""The runtime page: what it counts, what it warns of, and what it says when something is away."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import redis
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from labeling.celery import app
from labeling.dialogues import generation, runtime, streams, tallies, workers
from labeling.dialogues.intervals import wilson
from labeling.dialogues.models import Completion
from labeling.dialogues.templatetags.figures import duration, percent, percents
from labeling.stack import addresses
from tests.people import answer, ask, make_project, manage

FIGURES = {
    "tokens_per_second": 41.6,
    "first_token_p50": 0.31,
    "first_token_p95": 1.4,
    "done": 12,
    "failed": 1,
    "running_live": 3,
    "running_stock": 2,
    "errors": [{"at": 1_790_000_000.0, "source": "scripted", "detail": "The model broke off."}],
}


@pytest.fixture(autouse=True)
def nobody_there(own_stream: redis.Redis) -> Iterator[None]:
    """No worker but those that a test announces, and nothing remembered."""
    tallies.forget()
    yield
    tallies.forget()


@pytest.fixture
def boss(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    return client


def announce(name: str = "gpu-1@lab", *serves: str, **more: Any) -> None:
    said = {"serves": serves, "models": ["scripted"], "device": "NVIDIA H200", "concurrency": 16, "figures": FIGURES}
    streams.client().set(f"runtime:worker:{name}", json.dumps({**said, **more}))
    streams.client().sadd(workers.NAMES, name)


def page(client, **headers: str) -> str:
    answer = client.get("/runtime/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_how_to_start_a_worker_when_there_is_none(boss):
    text = page(boss)
    assert "No generation worker is running" in text
    assert "celery -A models_runtime.worker" in text


def test_it_shows_what_a_worker_announces(boss):
    announce("gpu-1@lab", "scripted", "llama")
    text = page(boss)
    for words in ("gpu-1@lab", "NVIDIA H200", "llama", "3 + 2", "of 16", "42", "0.31 s", "1.4 s"):
        assert words in text
    assert "No generation worker" not in text


def test_it_warns_of_a_model_in_an_open_round_that_nobody_serves(boss):
    announce("gpu-1@lab", "llama")
    assert [version.name for version in runtime.overview().unserved] == ["both-0", "both-1"]
    text = page(boss)
    assert "No worker serves a model of an open round" in text and "SERVES" in text


@pytest.mark.parametrize("serves", [(), ("scripted",)])
def test_a_worker_that_serves_anything_or_this_is_enough(boss, serves):
    announce("gpu-1@lab", *serves)
    assert runtime.overview().unserved == []
    assert "No worker serves" not in page(boss)


def test_a_round_that_is_over_needs_no_worker(boss, project):
    announce("gpu-1@lab", "llama")
    project.rounds.get().review()
    assert runtime.overview().unserved == []


def test_htmx_gets_the_inner_part_alone(boss):
    part = page(boss, **{"HX-Request": "true"})
    assert "<html" not in part and 'id="versions"' in part


def test_hostile_words_of_workers_and_models_stay_words(boss, project):
    hostile = "<script>alert(1)</script>"
    errors = [{"at": 1, "source": hostile, "detail": hostile}]
    announce(hostile, hostile, models=[hostile], device=hostile, figures={**FIGURES, "errors": errors})
    text = page(boss)
    assert hostile not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "figures",
    [None, 17, [], {"errors": 3}, {"errors": [None, {}, {"at": 1e300}, {"at": -5}], "done": -1, "failed": "x"}],
)
def test_figures_that_make_no_sense_are_left_out(boss, figures):
    announce(figures=figures, concurrency=1e300, device=["?"])
    (worker,) = runtime.overview().workers
    assert (worker.concurrency, worker.done, worker.failed, worker.failures, worker.device) == (0, 0, 0, (), "")
    page(boss)


def test_it_counts_what_waits_and_for_how_long(boss, alice, project):
    turn = ask(alice, project)
    first, second = turn.completions.all()
    Completion.objects.filter(pk=first.pk).update(queued_at=timezone.now() - timedelta(minutes=5))
    second.start(1)
    now = runtime.overview()
    assert (now.waiting.queued, now.waiting.running) == (1, 1)
    assert 300 <= now.longest_wait < 330
    assert "5 min" in page(boss)


def test_it_measures_the_queues(boss, monkeypatch):
    own = "live.not-a-real-source"
    monkeypatch.setattr(runtime.routing, "queue_name", lambda kind, source: own if kind == "live" else "stock.nothing")
    with app.connection_for_write() as link:
        broker = link.default_channel.client
        broker.rpush(own, "one", "two")
        try:
            found = {queue.name: queue.depth for queue in runtime.overview().queues}
            text = page(boss)
        finally:
            broker.delete(own)
    assert found[own] == 2 and {"receipts", "live", "stock"} <= set(found)
    assert "stock.nothing" not in found, "an empty queue of one source is nothing to look at"
    assert "2 messages for scripted" in text


def test_it_counts_what_became_of_each_versions_responses(alice, project):
    kept, redrawn = ask(alice, project), ask(alice, project)
    answer(kept)
    answer(redrawn)
    first, _ = redrawn.completions.order_by("draw")
    Completion.objects.filter(pk=first.pk).update(discarded_at=timezone.now(), discard_reason="repeats itself")
    third = ask(alice, project).completions.order_by("draw").first()
    generation.fail(third, 1, "It broke.", permanent=True)
    hours, totals = tallies.last_hour(), tallies.totals()
    for tally in (hours[first.model_version_id], totals[first.model_version_id]):
        same = Completion.objects.filter(model_version=first.model_version)
        assert tally.done == same.filter(state="done").count()
        assert tally.failed == same.filter(state="failed").count()
        assert tally.redrawn == 1
        assert tally.accepted == tally.done - 1
    hour = hours[first.model_version_id]
    assert hour.reasons == (("repeats itself", 1),)
    assert (hour.first_token_p50, hour.tokens_per_second) == (0.1, 10.0)
    assert sum(tally.done for tally in totals.values()) == 4
    assert sum(tally.failed for tally in totals.values()) == 1


def test_what_ended_before_the_last_hour_counts_in_all_alone(turn):
    answer(turn)
    later = timezone.now() + timedelta(minutes=61)
    assert tallies.last_hour(later) == {}
    assert sum(tally.done for tally in tallies.totals().values()) == 2


@pytest.fixture
def stuck_table(db) -> Iterator[None]:
    """Somebody else holds the table, so that counting takes too long."""
    with psycopg.connect(make_conninfo(addresses().database, dbname=connection.settings_dict["NAME"])) as other:
        other.execute("LOCK TABLE dialogues_completion IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def test_counting_everything_has_an_end(stuck_table, monkeypatch):
    monkeypatch.setattr(tallies, "PATIENCE", 200)
    assert tallies.totals() is None


def test_it_says_so_when_counting_everything_took_too_long(boss, monkeypatch):
    monkeypatch.setattr(tallies, "totals", lambda: None)
    assert "too many to count at once" in page(boss)


def test_it_tells_the_newest_errors_with_what_became_of_them(boss, turn):
    announce()
    completion = turn.completions.first()
    generation.fail(completion, 1, "The model refuses every request.", permanent=True)
    given_up, attempt = runtime.overview().troubles
    assert (given_up.model, given_up.for_good) == (completion.model_version.name, True)
    assert (attempt.model, attempt.worker, attempt.for_good) == ("scripted", "gpu-1@lab", False)
    text = page(boss)
    assert "The model refuses every request." in text and "given up" in text and "The model broke off." in text


def test_it_tells_what_it_can_when_stream_and_broker_are_away(boss, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(workers, "announced", away)
    monkeypatch.setattr(app, "connection_for_read", away)
    text = page(boss)
    assert "STREAM_URL" in text and "BROKER_URL" in text and "both-0" in text


def test_the_queries_do_not_grow_with_what_they_count(boss, alice, project, django_assert_max_num_queries):
    for _ in range(3):
        answer(ask(alice, project))
    make_project("another", cohort="second")
    announce()
    with django_assert_max_num_queries(16):
        page(boss)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.254, "0.25 s"), (3.16, "3.2 s"), (42.4, "42 s"), (300, "5 min"), (10_800, "3 h")],
)
def test_durations_have_as_many_digits_as_mean_something(value, words):
    assert duration(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "100 %"),
        (0.996, "99.6 %"),
        (0.99999, "99.9 %"),
        (0.999 - 0.01, "99 %"),
        (0.5, "50 %"),
        (0.004, "0.4 %"),
        (0, "0 %"),
    ],
)
def test_nearly_all_is_not_all(value, words):
    assert percent(value) == words


def test_an_interval_is_one_thing():
    assert percents(wilson(59, 59)) == "94–100 %"


def test_a_database_error_that_is_no_time_out_is_not_hidden(db, monkeypatch):
    def broken(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tallies, "by_version", broken)
    with pytest.raises(OperationalError):
        tallies.totals()
