"""The worker with a real model: preloaded, found, refused."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from runtime_harness import PATIENCE, Valkey, Web, message, running_worker, told, until

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.fingerprints import recorded_hash


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Apart from the session's, whose worker would take the requests."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", autouse=True)
def model_worker(
    own_valkey: Valkey, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[bytes]]:
    settings = {"MODEL_FOLDERS": str(models), "PRELOAD_SOURCES": DEFAULT_MODEL}
    with running_worker(own_valkey, tmp_path_factory.mktemp("worker") / "log", **settings) as process:
        yield process


@pytest.fixture
def own_web(own_valkey: Valkey) -> Web:
    return Web(own_valkey)


def ask(**changes) -> dict:
    question = [{"role": "user", "content": "What is the capital of France?"}]
    return message(DEFAULT_MODEL, "transformers", messages=question, temperature=0, max_new_tokens=20, **changes)


def test_it_answers_while_the_model_is_still_loading(own_web: Web, own_valkey: Valkey, models: Path):
    body = ask()
    own_web.send(body)
    receipt = own_web.receipt(body["completion"], "finished")
    assert "Paris" in receipt["text"]
    assert receipt["finish_reason"] == "stop"
    assert receipt["model_sha256"] == recorded_hash(models / DEFAULT_MODEL)
    with closing(own_valkey.client()) as stream:
        assert told(stream, body["completion"]) == receipt["text"]


def test_two_versions_of_one_model_share_its_engine(own_web: Web, own_valkey: Valkey, models: Path):
    """With the hash and without, with one system prompt and another: loaded once, and announced once."""
    bodies = [ask(), ask(sha256=recorded_hash(models / DEFAULT_MODEL), system_prompt="You are a pirate.")]
    for body in bodies:
        own_web.send(body)
    for body in bodies:
        assert own_web.receipt(body["completion"], "finished")["text"]
    with closing(own_valkey.client()) as stream:
        key = until(lambda: next(stream.scan_iter("runtime:worker:*"), None))
        said = until(lambda: (state := json.loads(stream.get(key)))["models"] and state)
    assert said["models"] == [DEFAULT_MODEL]
    assert said["device"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sha256": "0" * 64}, "not the one that was registered"),
        ({"source": "no-such-model"}, "no model 'no-such-model'"),
        ({"source": "../../etc"}, "outside the folders"),
        ({"max_new_tokens": 100_000}, "too long by"),
    ],
    ids=str,
)
def test_it_refuses_for_good_and_says_why(own_web: Web, changes: dict, says: str):
    body = message(**{"source": DEFAULT_MODEL, "engine": "transformers", **changes})
    own_web.send(body)
    failure = own_web.receipt(body["completion"], "failed")
    assert failure["permanent"]
    assert says in failure["detail"]
    over = failure["tokens_over"]
    assert (over is not None and f"too long by {over} tokens" in failure["detail"]) == (says == "too long by")


def test_a_cancelled_generation_makes_room(own_web: Web, own_valkey: Valkey):
    story = [{"role": "user", "content": "Tell me a very long story about the sea."}]
    bodies = [
        message(DEFAULT_MODEL, "transformers", messages=story, max_new_tokens=4000, seed=seed) for seed in range(3)
    ]
    with closing(own_valkey.client()) as stream:
        for body in bodies:
            own_web.send(body)
        until(lambda: all(told(stream, body["completion"]) for body in bodies))
        for body in bodies:
            stream.set(f"completion:{body['completion']}:attempt", "0")
        keys = [f"completion:{body['completion']}:1:heartbeat" for body in bodies]
        until(lambda: all(stream.get(key) == "done" for key in keys))
    assert own_web.receipts(bodies[0]["completion"]) == ["started"]


def test_a_worker_that_is_stopped_in_mid_text_ends_its_engine_too(
    own_web: Web, own_valkey: Valkey, model_worker: subprocess.Popen[bytes]
):
    """The last test here, since it takes the worker."""
    body = message(DEFAULT_MODEL, "transformers", max_new_tokens=4000)
    own_web.send(body)
    with closing(own_valkey.client()) as stream:
        until(lambda: told(stream, body["completion"]))
    model_worker.terminate()
    assert model_worker.wait(PATIENCE) == 0
    failure = own_web.receipt(body["completion"], "failed")
    assert (failure["detail"], failure["permanent"]) == ("The worker was stopped.", False)
