"""One real worker, over a real broker: what it says, to whom, and what it lets be."""

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from redis import Redis
from runtime_harness import REPOSITORY, Valkey, Web, message, told, until

from models_runtime.engine import GenerationRequest
from models_runtime.queues import LiveFirst
from models_runtime.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.usefixtures("worker")


def heartbeat(stream: Redis, body: dict, attempt: int = 1) -> str | None:
    return stream.get(f"completion:{body['completion']}:{attempt}:heartbeat")


def test_it_finishes_a_request_and_streams_the_same_text(web: Web, stream: Redis):
    body = message()
    web.send(body)
    receipt = web.receipt(body["completion"], "finished")
    engine = ScriptedEngine()
    assert receipt["text"] == "".join(c.text for c in engine.stream(GenerationRequest.from_message(body)))
    assert receipt["finish_reason"] == "stop"
    assert (receipt["attempt"], receipt["receipt"]) == (1, "signed")
    assert receipt["prompt_tokens"] == 5
    assert receipt["completion_tokens"] == len(receipt["text"].split())
    assert 0 <= receipt["first_token_seconds"] <= receipt["seconds"]
    assert web.receipts(body["completion"]) == ["started", "finished"]
    assert told(stream, body["completion"]) == receipt["text"]


def test_the_stream_begins_with_a_reset_and_expires(web: Web, stream: Redis):
    body = message("scripted:slow", max_new_tokens=20)
    web.send(body)
    web.receipt(body["completion"], "finished")
    key = f"completion:{body['completion']}:stream"
    entries = [entry for _, entry in stream.xrange(key)]
    assert entries[0] == {"attempt": "1", "kind": "reset", "text": ""}
    assert {entry["kind"] for entry in entries[1:]} == {"delta"}
    assert 2 < len(entries) <= 20, "deltas are coalesced, but not all in one"
    assert 3500 < stream.ttl(key) <= 3600


def test_it_marks_the_attempt_as_done(web: Web, stream: Redis):
    body = message()
    web.send(body)
    until(lambda: heartbeat(stream, body) == "done")
    assert stream.ttl(f"completion:{body['completion']}:1:heartbeat") > 60
    assert web.receipts(body["completion"]) == ["started", "finished"]


def test_a_duplicate_delivery_runs_once(web: Web, stream: Redis):
    body = message("scripted:slow", max_new_tokens=10)
    web.send(body)
    until(lambda: heartbeat(stream, body))
    web.send(body)
    web.receipt(body["completion"], "finished")
    web.send(body)
    after = message()
    web.send(after)
    web.receipt(after["completion"], "finished")
    assert web.receipts(body["completion"]) == ["started", "finished"]


def test_what_was_cancelled_before_it_starts_is_dropped_without_a_word(web: Web, stream: Redis):
    body = message()
    stream.set(f"completion:{body['completion']}:attempt", "0")
    web.send(body)
    until(lambda: heartbeat(stream, body) == "done")
    assert web.receipts(body["completion"]) == []
    assert stream.xlen(f"completion:{body['completion']}:stream") == 0


def test_an_older_attempt_is_dropped(web: Web, stream: Redis):
    body = message(attempt=1)
    stream.set(f"completion:{body['completion']}:attempt", "2")
    web.send(body)
    web.send(body | {"attempt": 2})
    assert web.receipt(body["completion"], "finished")["attempt"] == 2
    until(lambda: heartbeat(stream, body, 1) == "done")
    assert web.receipts(body["completion"]) == ["started", "finished"]


def test_it_stops_in_mid_stream_when_nobody_wants_it_any_more(web: Web, stream: Redis):
    body = message("scripted:long", max_new_tokens=4096)  # minutes
    stream.set(f"completion:{body['completion']}:attempt", "1")
    web.send(body)
    until(lambda: told(stream, body["completion"]))
    stream.set(f"completion:{body['completion']}:attempt", "0")
    until(lambda: heartbeat(stream, body) == "done")
    assert web.receipts(body["completion"]) == ["started"]


def test_a_retry_says_the_same_again_after_a_reset(web: Web, stream: Redis):
    body = message("scripted:fails-once")
    web.send(body)
    failure = web.receipt(body["completion"], "failed")
    assert not failure["permanent"]
    assert "broke off" in failure["detail"]
    web.send(body | {"attempt": 2})
    text = web.receipt(body["completion"], "finished")["text"]
    until(lambda: told(stream, body["completion"]) == text)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"source": "scripted:fails"}, "refuses every request"),
        ({"source": "scripted:unheard-of"}, "no scripted model"),
        ({"engine": "steam"}, "no engine 'steam'"),
        ({"temperature": 9}, "'temperature'"),
        ({"messages": []}, "last message"),
        ({"spec": "rubbish"}, "'spec' must be dict"),
    ],
    ids=str,
)
def test_it_refuses_for_good_and_says_why(web: Web, changes: dict, says: str):
    body = message(**changes)
    web.send(body)
    failure = web.receipt(body["completion"], "failed")
    assert failure["permanent"]
    assert says in failure["detail"]


@pytest.mark.parametrize("body", [None, 17, "rubbish", [], {}, {"completion": "../../etc"}], ids=str)
def test_it_survives_a_message_that_names_no_completion(web: Web, body: object):
    web.send(body)
    after = message()
    web.send(after)
    assert web.receipt(after["completion"], "finished")


def test_it_survives_unknown_tasks_and_arguments(web: Web):
    web.app.send_task("models_runtime.unheard_of", queue="live")
    web.app.send_task("models_runtime.generate", args=[1, 2, 3], kwargs={"x": 1}, queue="live")
    web.app.send_task("models_runtime.generate", kwargs={"request": {}}, queue="live", serializer="yaml")
    after = message()
    web.send(after)
    assert web.receipt(after["completion"], "finished")


def test_it_passes_hostile_text_on_untouched(web: Web, stream: Redis):
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> \r\n\x1b[31m ${7*7}"
    body = message("scripted:echo", messages=[{"role": "user", "content": hostile + "\0"}])
    web.send(body)
    assert web.receipt(body["completion"], "finished")["text"] == hostile + "\ufffd"
    assert told(stream, body["completion"]) == hostile + "\ufffd"


def test_it_announces_itself(stream: Redis, worker: subprocess.Popen):
    (key,) = [key for key in stream.scan_iter("runtime:worker:*") if json.loads(stream.get(key))["pid"] == worker.pid]
    said = json.loads(stream.get(key))
    assert said["concurrency"] == 4
    assert 0 < stream.ttl(key) <= 15
    assert set(said) == {"device", "serves", "models", "concurrency", "pid", "at", "figures"}
    assert said["serves"] == []


def test_stock_leaves_threads_for_live_requests(web: Web, stream: Redis):
    """Four threads, many stock requests that take minutes: one thread stays free, so a live request is answered."""
    stock = [message("scripted:long", max_new_tokens=4096) for _ in range(8)]
    for body in stock:
        web.send(body, queue="stock")
    until(lambda: sum(heartbeat(stream, body) not in (None, "done") for body in stock) >= 3)
    live = message()
    web.send(live)
    assert web.receipt(live["completion"], "finished")
    for body in stock:
        stream.set(f"completion:{body['completion']}:attempt", "0")
    until(lambda: all(heartbeat(stream, body) == "done" for body in stock))


def test_a_quarter_of_the_threads_is_kept_for_live_requests():
    shares = {}
    before = LiveFirst.stock_limit
    for concurrency in (1, 2, 4, 16):
        LiveFirst.share(concurrency)
        shares[concurrency] = LiveFirst.stock_limit
    LiveFirst.stock_limit = before
    assert shares == {1: 1, 2: 1, 4: 3, 16: 12}


def test_importing_the_worker_imports_no_torch(valkey: Valkey):
    program = (
        "import sys, models_runtime.worker;print([m for m in ('torch', 'django.conf', 'labeling') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_claim_by_another_owner_is_respected(web: Web, stream: Redis):
    body = message()
    stream.set(f"completion:{body['completion']}:1:heartbeat", uuid4().hex, ex=60)
    web.send(body)
    after = message()
    web.send(after)
    web.receipt(after["completion"], "finished")
    assert web.receipts(body["completion"]) == []
