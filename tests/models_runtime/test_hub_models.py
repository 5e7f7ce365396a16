"""Models from a hub, through its own client: fetched where the worker's operator allows it, and only data."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_harness import COMMIT, TOKEN, Call, Hub, hub
from runtime_harness import request
from tiny_models import adapter, change_json, llama

from models_runtime.checkpoints import find
from models_runtime.engine import EngineError
from models_runtime.fingerprints import checkpoint_hash
from models_runtime.model_folders import OWN
from models_runtime.transformers_engine import TransformersEngine

SOURCE = f"hub:org/tiny@{COMMIT}"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="module")
def published(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a repository, with more in it than a worker should take."""
    folder = Path(shutil.copytree(tiny, tmp_path_factory.mktemp("published") / "tiny"))
    for name in ("pytorch_model.bin", "modeling_tiny.py", "tokenizer.py", "README.md", "consolidated.safetensors"):
        (folder / name).write_bytes(b"not to be fetched")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    return folder


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("MODEL_FOLDERS", str(folder))
    monkeypatch.setenv("HUB_MODELS", "org/tiny, friends/*")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return folder


@pytest.fixture
def server(published: Path, allowed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub({"org/tiny": published, "friends/tiny": published, "org/other": published}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def failure(source: str = SOURCE) -> EngineError:
    with pytest.raises(EngineError) as caught:
        find(source)
    assert "\n" not in caught.value.detail
    assert TOKEN not in caught.value.detail
    return caught.value


def test_it_fetches_a_model_and_answers(server: Hub, tiny: Path):
    weights = find(SOURCE)
    engine = TransformersEngine.from_source(SOURCE, weights.sha256)
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=4))
    engine.close()
    assert last.finish
    assert weights.sha256 == checkpoint_hash(tiny), "the same as of these files in a local folder"


def test_it_takes_data_only(server: Hub, allowed: Path):
    folder = find(SOURCE).folder
    assert "model.safetensors" in server.fetched()
    wanted = {"chat_template.jinja", "config.json", "generation_config.json", "model.safetensors"}
    assert server.fetched() == wanted | {"tokenizer.json", "tokenizer_config.json"}
    assert {path.name for path in folder.rglob("*") if path.is_file()} == server.fetched() | {"checkpoint.json"}
    assert folder.is_relative_to(allowed / OWN)


def test_it_asks_the_hub_once(server: Hub):
    first = find(SOURCE)
    asked = len(server.calls)
    assert find(SOURCE) == first
    TransformersEngine.from_source(SOURCE).close()
    assert len(server.calls) == asked, "neither finding nor loading asks for anything more"


@pytest.mark.parametrize(
    ("listed", "source"),
    [("", SOURCE), ("org/other", SOURCE), ("*", SOURCE), ("or*", SOURCE), ("org", SOURCE), ("org/tin*", SOURCE)],
)
def test_what_the_operator_has_not_listed_is_never_asked_for(
    server: Hub, monkeypatch: pytest.MonkeyPatch, listed: str, source: str
):
    monkeypatch.setenv("HUB_MODELS", listed)
    refusal = failure(source)
    assert refusal.detail == "This worker may not fetch 'org/tiny': whoever runs it can add it to HUB_MODELS there."
    assert refusal.permanent
    assert server.calls == []


def test_what_is_there_already_is_not_read_either_once_it_is_no_longer_listed(
    server: Hub, monkeypatch: pytest.MonkeyPatch
):
    find(SOURCE)
    monkeypatch.setenv("HUB_MODELS", "")
    assert "may not fetch" in failure().detail


def test_a_whole_organisation_can_be_listed(server: Hub):
    assert find(f"hub:friends/tiny@{COMMIT}").folder.is_dir()


def test_the_token_goes_to_the_hub_if_there_is_one(server: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    find(SOURCE)
    assert server.tokens == {f"Bearer {TOKEN}"}


def test_without_a_token_nobody_is_named(server: Hub):
    find(SOURCE)
    assert server.tokens == {""}


@pytest.mark.parametrize(
    ("status", "code", "message", "permanent", "says"),
    [
        (401, "RepoNotFound", "", True, "has no repository 'org/tiny', or shows it only to some.*HF_TOKEN"),
        (404, "RepoNotFound", "", True, "has no repository 'org/tiny'"),
        (404, "RevisionNotFound", "", True, f"has no commit {COMMIT}"),
        (403, "GatedRepo", "", True, "accepted its terms.*HF_TOKEN, which is not set now"),
        (401, "", "Invalid credentials in Authorization header", True, "look at the token in HF_TOKEN"),
        (403, "", "Forbidden", True, "look at the token in HF_TOKEN"),
        (404, "", "", False, "it answered 404"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: Hub, status: int, code: str, message: str, permanent: bool, says: str, allowed: Path
):
    def refuse(call: Call) -> bool:
        call.refuse(status, code, message)
        return True

    server.interfere = refuse
    refusal = failure()
    assert re.search(says, refusal.detail), refusal.detail
    assert refusal.permanent is permanent
    assert not list((allowed / OWN).glob("hub--*"))


def test_a_missing_repository_and_a_missing_commit_are_told_apart(server: Hub):
    assert "no repository 'friends/none'" in failure(f"hub:friends/none@{COMMIT}").detail
    assert f"no commit {'f' * 40}" in failure(f"hub:org/tiny@{'f' * 40}").detail


def test_a_hub_that_falls_silent_may_come_back(server: Hub):
    def hang_up(call: Call) -> bool:
        call.close_connection = "/resolve/" in call.path
        return call.close_connection

    server.interfere = hang_up
    away = failure()
    assert "hub cannot be reached from this worker, or fell silent" in away.detail
    assert not away.permanent


def test_a_worker_that_is_told_to_stay_offline_says_so(server: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in failure().detail
    assert server.calls == []


def test_a_body_that_breaks_off_is_asked_for_again(server: Hub, tiny: Path):
    server.cut = 20_000
    assert find(SOURCE).sha256 == checkpoint_hash(tiny)
    assert server.cut == 0


def test_a_download_that_failed_goes_on_where_it_was(server: Hub, tiny: Path):
    def fail(call: Call) -> bool:
        if "model.safetensors" not in call.path:
            return False
        call.refuse(403)
        return True

    server.interfere = fail
    assert "look at the token" in failure().detail
    server.interfere = lambda call: False
    before = set(server.calls)
    server.calls.clear()
    assert find(SOURCE).sha256 == checkpoint_hash(tiny)
    assert {path for path in before if "/resolve/" in path} - set(server.calls), "some files were there already"


def test_a_repository_without_weights_as_safetensors_is_refused(server: Hub, tmp_path: Path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.json").write_text("{}")
    (bare / "pytorch_model.bin").write_bytes(b"pickle")
    server.repos = {"friends/bare": bare}
    refusal = failure(f"hub:friends/bare@{COMMIT}")
    assert f"friends/bare at {COMMIT} on the hub holds no weights as safetensors" in refusal.detail
    assert refusal.permanent


def test_a_repository_with_something_else_is_refused(server: Hub, tmp_path: Path):
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "embeddings.safetensors").write_text("A data set.")
    server.repos = {"friends/else": tmp_path / "else"}
    assert "holds no configuration" in failure(f"hub:friends/else@{COMMIT}").detail


def test_an_adapter_from_the_hub_goes_onto_a_base_from_the_hub(server: Hub, published: Path, tmp_path: Path):
    """And the base that the adapter itself names is not asked for."""
    server.repos["friends/polite"] = adapter(published, tmp_path / "polite")
    change_json(tmp_path / "polite" / "adapter_config.json", base_model_name_or_path="org/other")
    engine = TransformersEngine.from_source(f"{SOURCE}+hub:friends/polite@{COMMIT}")
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=4))
    engine.close()
    assert last.finish
    assert not [path for path in server.calls if "org/other" in path]


def test_an_adapter_from_the_hub_has_to_be_listed_too(server: Hub):
    assert "may not fetch 'org/other'" in failure(f"{SOURCE}+hub:org/other@{COMMIT}").detail


def test_a_folder_that_cannot_be_written_to_is_said(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "file"))
    assert "could not be put into" in failure().detail
