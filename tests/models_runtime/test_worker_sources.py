"""A real worker that may fetch from a hub: every kind of source, from the queue to the receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_harness import COMMIT, TOKEN, Hub, hub
from runtime_harness import Valkey, Web, message, running_worker
from tiny_models import adapter, gguf_file, llama

from models_runtime.fingerprints import adapter_hash, checkpoint_hash, combined_hash, file_hash


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worker's models, and outside of them what the hub has."""
    folder = tmp_path_factory.mktemp("sources") / "models"
    adapter(llama(folder / "base"), folder / "polite")
    gguf_file(folder / "m.gguf")
    llama(folder.parent / "published", seed=1)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Hub]:
    with hub({"org/tiny": folder.parent / "published"}) as server:
        yield server


@pytest.fixture(scope="module")
def own_web(server: Hub, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    valkey.start()
    log = tmp_path_factory.mktemp("worker") / "log"
    settings = {"MODEL_FOLDERS": str(folder), "HUB_MODELS": "org/*", "HF_ENDPOINT": server.url, "HF_TOKEN": TOKEN}
    with running_worker(valkey, log, **settings, HF_HUB_OFFLINE=""):
        yield Web(valkey)
    valkey.stop()
    assert TOKEN not in log.read_text()


def ask(web: Web, source: str, name: str = "finished", **changes) -> dict:
    body = message(source, "transformers", max_new_tokens=5, **changes)
    web.send(body)
    return web.receipt(body["completion"], name)


HUB = f"hub:org/tiny@{COMMIT}"


@pytest.mark.parametrize(
    ("source", "known_by"),
    [
        ("base", lambda folder: checkpoint_hash(folder / "base")),
        ("m.gguf", lambda folder: file_hash(folder / "m.gguf")),
        (HUB, lambda folder: checkpoint_hash(folder.parent / "published")),
        (
            f"{HUB}+polite",
            lambda folder: combined_hash(checkpoint_hash(folder.parent / "published"), adapter_hash(folder / "polite")),
        ),
    ],
    ids=["folder", "gguf", "hub", "adapter"],
)
def test_it_answers_and_says_what_answered(own_web: Web, folder: Path, source: str, known_by):
    found = ask(own_web, source)["model_sha256"]
    assert found == known_by(folder)
    assert ask(own_web, source, sha256=found)["model_sha256"] == found
    assert "not the one that was registered" in ask(own_web, source, "failed", sha256="0" * 64)["detail"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (f"hub:other/tiny@{COMMIT}", "may not fetch 'other/tiny'"),
        ("hub:org/tiny@main", "40 hex digits"),
        (f"hub:org/none@{COMMIT}", "no repository 'org/none'"),
        ("base+none", "no adapter 'none'"),
        ("none.gguf", "no model 'none.gguf'"),
    ],
)
def test_it_refuses_for_good_and_says_why(own_web: Web, source: str, says: str):
    failure = ask(own_web, source, "failed")
    assert failure["permanent"]
    assert failure["tokens_over"] is None
    assert says in failure["detail"]


def test_a_dialogue_that_is_too_long_is_counted(own_web: Web):
    """The model reads 256 tokens, and every letter is one."""
    long = [{"role": "user", "content": "x" * 300}]
    failure = ask(own_web, "base", "failed", messages=long, system_prompt="")
    assert failure["permanent"]
    assert f"too long by {failure['tokens_over']} tokens" in failure["detail"]
    assert failure["tokens_over"] == len("user: ") + 300 + 1 + len("assistant:") + 5 - 256
