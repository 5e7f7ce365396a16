"""The worker with a model behind an OpenAI-compatible server: allowed, refused, cancelled."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from openai_harness import HELLO, KEY, Behaving, Call, delta, serving
from runtime_harness import PATIENCE, Valkey, Web, message, running_worker, told, until


def behave(call: Call) -> None:
    """As the model's name says."""
    if call.body["model"] == "echoes-the-key":
        call.refuse(401, {"error": {"message": f"Incorrect API key provided: {call.headers['Authorization']}"}})
    elif call.body["model"] == "never-ends":
        call.begin()
        call.say(delta("Hel"))
        call.wait_until_left()
    elif call.body["model"] == "floods":
        call.answer(*[delta("word " * 2000)] * 2000)
    else:
        call.answer(*HELLO, "[DONE]")


@pytest.fixture(scope="module")
def server() -> Iterator[Behaving]:
    with serving(behave) as server:
        yield server


@pytest.fixture(scope="module")
def own_valkey(server: Behaving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """With a worker of its own, which may ask that server."""
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    valkey.start()
    log = tmp_path_factory.mktemp("worker") / "log"
    with running_worker(valkey, log, OPENAI_BASE_URLS=server.base, OPENAI_API_KEY=KEY):
        yield valkey
    valkey.stop()
    assert KEY not in log.read_text()


@pytest.fixture
def own_web(own_valkey: Valkey) -> Web:
    return Web(own_valkey)


def test_it_answers_and_announces_the_server(own_web: Web, own_valkey: Valkey, server: Behaving):
    body = message(f"{server.base}#my-model", "openai")
    own_web.send(body)
    receipt = own_web.receipt(body["completion"], "finished")
    assert (receipt["text"], receipt["finish_reason"], receipt["completion_tokens"]) == ("Hello", "stop", 2)
    assert receipt["model_sha256"] == ""
    with closing(own_valkey.client()) as stream:
        key = next(stream.scan_iter("runtime:worker:*"))
        said = until(lambda: (state := json.loads(stream.get(key)))["models"] and state)
    assert said["models"] == [f"{server.base}#my-model"]
    assert said["device"] == f"server 127.0.0.1:{server.server_port}"


def test_it_asks_nobody_else(own_web: Web):
    with serving(lambda call: call.answer(*HELLO)) as stranger:
        body = message(f"{stranger.base}#my-model", "openai")
        own_web.send(body)
        failure = own_web.receipt(body["completion"], "failed")
        assert stranger.calls == []
    assert failure["permanent"]
    assert "OPENAI_BASE_URLS" in failure["detail"]


def test_its_receipts_do_not_repeat_the_key(own_web: Web, server: Behaving):
    body = message(f"{server.base}#echoes-the-key", "openai")
    own_web.send(body)
    failure = own_web.receipt(body["completion"], "failed")
    assert failure["permanent"]
    assert "Incorrect API key provided: Bearer …" in failure["detail"]


def test_a_server_that_never_stops_writing_fills_no_memory(own_web: Web, own_valkey: Valkey, server: Behaving):
    body = message(f"{server.base}#floods", "openai")
    own_web.send(body)
    failure = own_web.receipt(body["completion"], "failed")
    assert failure["permanent"]
    assert "more than 1,000,000 characters" in failure["detail"]
    with closing(own_valkey.client()) as stream:
        assert len(told(stream, body["completion"])) <= 1_000_000


def test_a_cancelled_completion_frees_the_server(own_web: Web, own_valkey: Valkey, server: Behaving):
    body = message(f"{server.base}#never-ends", "openai")
    with closing(own_valkey.client()) as stream:
        own_web.send(body)
        until(lambda: told(stream, body["completion"]) == "Hel")
        stream.set(f"completion:{body['completion']}:attempt", "0")
    assert server.left.wait(PATIENCE)
    assert own_web.receipts(body["completion"]) == ["started"]
