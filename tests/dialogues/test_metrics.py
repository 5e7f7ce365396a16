"""/metrics: who may read it, and that a monitor can."""

import json
from collections.abc import Iterator

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from labeling.dialogues import streams, tallies, workers
from tests.people import answer, ask, make_project, manage

TOKEN = "a-long-random-token"
HOSTILE = 'v"1\\2\n{evil="yes"} 17\n# TYPE x counter <b>ü'


@pytest.fixture(autouse=True)
def nobody_there(own_stream: redis.Redis) -> Iterator[None]:
    tallies.forget()
    yield
    tallies.forget()


@pytest.fixture
def boss(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    return client


def samples(client, **headers: str) -> dict[tuple[str, frozenset], float]:
    """Value by name and labels, as a monitor reads them."""
    reply = client.get("/metrics", headers=headers)
    assert reply.status_code == 200
    assert reply["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(reply.content.decode()))
    assert len({family.name for family in families}) == len(families)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def labels(**values: str) -> frozenset:
    return frozenset(values.items())


def test_it_tells_a_manager_what_the_page_does(boss, alice, project):
    announced = {"serves": ["llama"], "concurrency": 8, "figures": {"running_live": 3, "first_token_p95": 1.5}}
    streams.client().set("runtime:worker:gpu-1", json.dumps(announced))
    streams.client().sadd(workers.NAMES, "gpu-1")
    turn = ask(alice, project)
    answer(turn)
    ask(alice, project)
    found = samples(boss)
    assert found["tandem_workers", labels()] == 1
    assert found["tandem_worker_threads", labels(worker="gpu-1")] == 8
    assert found["tandem_worker_running_requests", labels(worker="gpu-1", kind="live")] == 3
    assert found["tandem_worker_first_token_seconds", labels(worker="gpu-1", quantile="0.95")] == 1.5
    assert ("tandem_worker_first_token_seconds", labels(worker="gpu-1", quantile="0.5")) not in found
    assert found["tandem_up", labels(server="broker")] == found["tandem_up", labels(server="stream")] == 1
    assert found["tandem_unfinished_completions", labels(state="queued")] == 2
    assert found["tandem_unserved_model_versions", labels()] == 2
    done = [found["tandem_completions_done_total", labels(model_version=name)] for name in ("both-0", "both-1")]
    assert sum(done) == 2
    assert found["tandem_completion_tokens_per_second", labels(model_version="both-0")] == 10
    assert ("tandem_queue_messages", labels(queue="receipts", kind="receipts", source="")) in found


def test_hostile_names_are_labels_and_nothing_else(boss, alice):
    answer(ask(alice, make_project(HOSTILE)))
    found = samples(boss)
    assert ("tandem_completions_done_total", labels(model_version=f"{HOSTILE}-0")) in found
    assert not [name for name, given in found if dict(given).get("evil")]


def test_a_monitor_with_the_token_needs_no_account(client, db, settings):
    settings.METRICS_TOKEN = TOKEN
    assert samples(client, Authorization=f"Bearer {TOKEN}")["tandem_workers", labels()] == 0


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer ü"])
def test_a_wrong_token_is_refused(client, db, settings, shown):
    settings.METRICS_TOKEN = TOKEN
    reply = client.get("/metrics", headers={"Authorization": shown})
    assert (reply.status_code, reply.content) == (401, b"")
    assert reply["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("shown", ["Bearer ", "Bearer", "Bearer None"])
def test_without_a_token_set_none_will_do(client, db, settings, shown):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 401
