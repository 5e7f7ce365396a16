"""Real training workers, over a real broker: what one says, what it lets be, and what a killed one leaves.

To import what trains takes longer than to train what is so small: those that nothing happens to share a worker.
"""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from reward_harness import Asking, snapshot, to_ask, to_score, to_train, training_worker
from runtime_harness import Valkey, until
from tiny_models import llama

from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.asides import ASKED
from models_runtime.reward_trainer import NOTE

LONG = {"epochs": 20.0}  # 400 steps
ENDLESS = {"epochs": 1000.0}
OFTEN = {"SAVE_SECONDS": "0.3"}


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With a base model, and a store."""
    made = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_FOLDERS", str(made / "models"))
        patch.setenv("ARTIFACT_URL", str(made / "artifacts"))
        llama(made / "models" / "model")
        yield made


@pytest.fixture(scope="module")
def trainer(valkey: Valkey, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with training_worker(valkey, folder / "log") as process:
        yield process


@pytest.fixture
def store() -> Artifacts:
    return artifacts()


@pytest.fixture
def manifest(store: Artifacts, folder: Path) -> str:
    return snapshot(store, folder, 40)


@pytest.fixture
def web(valkey: Valkey, trainer: subprocess.Popen[bytes]) -> Asking:
    return Asking(valkey)


@pytest.fixture
def alone(fragile_valkey: Valkey) -> Asking:
    """Where no worker is but those of the test."""
    return Asking(fragile_valkey)


def own_folder(folder: Path, run: str) -> Path:
    return folder / "models" / ".made-by-worker" / "training" / run


def sha256_of_weights(store: Artifacts, artifact: str) -> str:
    files = store.manifest(artifact)["files"]
    return str(next(file["sha256"] for file in files if file["path"] == "model.safetensors"))


def test_it_trains_tests_and_answers_the_next_one(
    web: Asking, stream: Redis, manifest: str, store: Artifacts, folder: Path
):
    body = to_train(manifest)
    web.ask("rubbish")
    web.ask({"run": "../../etc", "attempt": 1, "receipt": "x"})
    web.ask(body)
    found = web.await_(body["run"], "run_trained")
    assert (found["attempt"], found["receipt"]) == (1, "signed") and found["pairs"] == 40
    assert sorted(web.steps(body["run"])) == list(range(1, 21))
    assert web.told(body["run"], "run_progress")[-1]["done"] == 20
    rows = to_score(store, folder, found["artifact"], [["yes, 1", "no, 1"]] * 9)
    web.ask(rows, "score")
    scored = web.await_(rows["run"], "run_scored")
    assert store.read(scored["rewards"]).count(b"\n") == 9 and scored["seconds"] >= 0
    asked = to_ask({"safety": found["artifact"]}, ["yes, 1", "no, 1", "no, 2"], ["x" * 500])
    web.ask(asked, "give_opinion")
    [three, too_long] = web.await_(asked["run"], "opinion_given")["rewards"]["safety"]
    first = json.loads(store.read(scored["rewards"]).splitlines()[0])
    assert three[:2] == pytest.approx(first["rewards"], abs=1e-4) and len(three) == 3 and too_long is None
    assert stream.get(f"run:{body['run']}:1:heartbeat") == "done"
    web.ask(body)  # delivered twice
    other = to_train("0" * 64)
    web.ask(other)
    refused = web.await_(other["run"], "run_failed")
    assert "ARTIFACT_URL" in refused["detail"] and not refused["stopped"]
    assert len(web.told(body["run"], "run_trained")) == 1


def test_a_run_whose_worker_is_killed_is_gone_on_with_and_becomes_the_same_model(
    alone: Asking, manifest: str, store: Artifacts, folder: Path
):
    body, undisturbed = to_train(manifest, **LONG), to_train(manifest, **LONG)
    with training_worker(alone.valkey, folder / "killed.log", **OFTEN) as worker:
        alone.ask(body)
        until(lambda: list(own_folder(folder, body["run"]).glob(f"*/{NOTE}")))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert not alone.told(body["run"], "run_trained") and not alone.told(body["run"], "run_failed")
    with training_worker(alone.valkey, folder / "killed.log", **OFTEN):
        alone.ask(body | {"attempt": 2})
        found = alone.await_(body["run"], "run_trained", attempt=2)
        alone.ask(undisturbed)
        whole = alone.await_(undisturbed["run"], "run_trained")
    assert min(alone.steps(body["run"], attempt=2)) > 1
    assert max(alone.steps(body["run"], attempt=2)) == max(alone.steps(undisturbed["run"]))
    assert sha256_of_weights(store, found["artifact"]) == sha256_of_weights(store, whole["artifact"])
    assert not own_folder(folder, body["run"]).exists()


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path):
    from models_runtime.reward_trainer import last_checkpoint

    assert last_checkpoint(tmp_path) is None
    for step, whole in ((9, True), (10, True), (11, False)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if whole:
            (tmp_path / f"checkpoint-{step}" / NOTE).write_text('{"seconds": 2.5}')
    assert last_checkpoint(tmp_path) == (tmp_path / "checkpoint-10", 2.5)


def test_what_is_asked_is_answered_in_the_middle_of_a_training_and_what_is_cancelled_ends_without_a_word(
    web: Asking, stream: Redis, manifest: str
):
    small, body, after = to_train(manifest), to_train(manifest, **ENDLESS), to_train("0" * 64)
    web.ask(small)
    models = {"safety": web.await_(small["run"], "run_trained")["artifact"]}
    web.ask(body)
    until(lambda: web.steps(body["run"]))
    asked = to_ask(models, ["yes, 1", "no, 1"])
    for one in ("rubbish", asked):
        web.ask(one, "give_opinion", ASKED)
    [[said, other]] = web.await_(asked["run"], "opinion_given")["rewards"]["safety"]
    assert said != other and not web.told(body["run"], "run_trained")
    stream.set(f"run:{body['run']}:attempt", "0")
    web.ask(after)
    web.await_(after["run"], "run_failed")
    assert not web.told(body["run"], "run_trained") and not web.told(body["run"], "run_failed")


def test_what_was_cancelled_before_it_begins_is_dropped(web: Asking, stream: Redis, manifest: str):
    body, after = to_train(manifest), to_train("0" * 64)
    stream.set(f"run:{body['run']}:attempt", "0")
    web.ask(body)
    web.ask(after)
    web.await_(after["run"], "run_failed")
    assert not web.told(body["run"], "run_progress")


def test_a_full_disk_is_told_and_the_worker_goes_on(alone: Asking, manifest: str, folder: Path):
    """No file of it may grow beyond 60 kB, which a checkpoint is not below."""
    body, after = to_train(manifest), to_train("0" * 64)
    limited = ("bash", "-c", 'ulimit -f 60; exec "$@"', "worker")
    with training_worker(alone.valkey, folder / "full.log", *limited):
        alone.ask(body)
        refused = alone.await_(body["run"], "run_failed")
        assert "disk of this worker is full" in refused["detail"] and not refused["stopped"]
        alone.ask(after)
        alone.await_(after["run"], "run_failed")


def test_a_worker_that_is_stopped_keeps_what_it_has_and_hands_it_back(
    web: Asking, trainer: subprocess.Popen[bytes], manifest: str, folder: Path
):
    """The last test here, since it takes the worker."""
    body = to_train(manifest, **ENDLESS)
    web.ask(body)
    until(lambda: web.steps(body["run"]))
    trainer.terminate()
    assert web.await_(body["run"], "run_failed")["stopped"]
    trainer.wait(60)
    assert list(own_folder(folder, body["run"]).glob(f"*/{NOTE}"))
