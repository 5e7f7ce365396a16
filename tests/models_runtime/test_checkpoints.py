import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runtime_harness import REPOSITORY

from models_runtime.checkpoints import DEFAULT_MODEL, install_default, verified_hash
from models_runtime.engine import EngineError
from models_runtime.fingerprints import checkpoint_hash, intact, recorded_hash
from models_runtime.model_folders import locate_model


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "allowed"
    folder.mkdir()
    monkeypatch.setenv("MODEL_FOLDERS", str(folder))
    return folder


def checkpoint(folder: Path, *, recorded: bool = True) -> Path:
    """Small, but a checkpoint in everything that finding and hashing look at."""
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    if recorded:
        (folder / "checkpoint.json").write_text(json.dumps({"sha256": checkpoint_hash(folder)}))
    return folder


def refused(source: str, expected: str = "") -> str:
    with pytest.raises(EngineError) as refusal:
        verified_hash(source, expected)
    assert refusal.value.permanent
    return refusal.value.detail


def test_it_finds_a_checkpoint_by_name_by_path_and_in_any_allowed_folder(
    allowed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = checkpoint(allowed / "team" / "model")
    other = checkpoint(tmp_path / "other" / "second")
    monkeypatch.setenv("MODEL_FOLDERS", os.pathsep.join([str(tmp_path / "none"), str(allowed), str(other.parent)]))
    assert locate_model("team/model") == folder
    assert locate_model(str(folder)) == folder
    assert locate_model("second") == other


def test_it_says_what_is_missing_and_where_it_looked(allowed: Path):
    said = refused("some-model")
    assert "'some-model'" in said
    assert str(allowed) in said
    assert "MODEL_FOLDERS" in said


@pytest.mark.parametrize("source", ["../outside", "x/../../outside", "{outside}", "link", "/", "~"])
def test_it_reads_nothing_outside_the_allowed_folders(allowed: Path, tmp_path: Path, source: str):
    outside = checkpoint(tmp_path / "outside")
    (allowed / "link").symlink_to(outside)
    refused(source.format(outside=outside))


def test_it_refuses_weights_that_are_a_link_out_of_the_folder(allowed: Path, tmp_path: Path):
    folder = checkpoint(allowed / "model", recorded=False)
    outside = tmp_path / "secret"
    outside.write_bytes(b"secret")
    (folder / "model-2.safetensors").symlink_to(outside)
    assert "link" in refused("model")


@pytest.mark.parametrize("source", ["a\0b", "x" * 5000, "circle"])
def test_it_refuses_names_that_no_folder_can_have(allowed: Path, source: str):
    (allowed / "circle").symlink_to(allowed / "circle")
    refused(source)


def test_it_refuses_another_checkpoint_than_the_registered_one(allowed: Path):
    folder = checkpoint(allowed / "model")
    actual = checkpoint_hash(folder)
    assert verified_hash("model", "") == verified_hash("model", actual) == actual
    assert "not the one that was registered" in refused("model", "0" * 64)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"])
def test_it_notices_when_a_file_that_matters_was_changed(allowed: Path, name: str):
    folder = checkpoint(allowed / "model")
    (folder / name).write_text("something else")
    assert "damaged or was changed" in refused("model")
    assert not intact(folder)


def test_files_that_do_not_matter_may_change(allowed: Path):
    folder = checkpoint(allowed / "model")
    before = checkpoint_hash(folder)
    (folder / "README.md").write_text("notes")
    assert checkpoint_hash(folder) == before
    assert intact(folder)


def test_it_takes_a_checkpoint_that_nobody_has_recorded(allowed: Path):
    folder = checkpoint(allowed / "model", recorded=False)
    assert recorded_hash(folder) is None
    assert verified_hash("model", "") == checkpoint_hash(folder)


def test_it_refuses_weights_in_any_other_format(allowed: Path):
    folder = checkpoint(allowed / "model", recorded=False)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "safetensors" in refused("model")


def test_a_killed_conversion_leaves_nothing_that_could_be_used(request: pytest.FixtureRequest, models: Path):
    if os.environ.get("TANDEM_TEST_MODELS"):
        pytest.skip("TANDEM_TEST_MODELS names a finished model")
    folder, left = request.getfixturevalue("interrupted_conversion")
    assert left.files, "it was killed while it worked"
    assert not left.usable
    assert intact(folder / DEFAULT_MODEL), "the next one finished"
    assert not list(folder.glob(".unfinished-*")), "and tidied up"


def test_the_default_model_is_recorded_and_found_again_at_once(models: Path):
    command = [sys.executable, "-X", "importtime", "-m", "models_runtime.checkpoints", "--folder", str(models)]
    weights = models / DEFAULT_MODEL / "model.safetensors"
    made = weights.stat().st_mtime_ns
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert weights.stat().st_mtime_ns == made, "it is not converted again"
    assert Path(done.stdout.strip()) == models / DEFAULT_MODEL
    assert " torch" not in done.stderr
    record = json.loads((models / DEFAULT_MODEL / "checkpoint.json").read_text())
    assert record["sha256"] == checkpoint_hash(models / DEFAULT_MODEL)
    assert "SmolLM2-135M-Instruct.Q4_1.gguf" in record["origin"]


def test_a_damaged_default_model_is_noticed(models: Path, tmp_path: Path):
    copy = tmp_path / DEFAULT_MODEL
    shutil.copytree(models / DEFAULT_MODEL, copy)
    assert install_default(tmp_path) == copy
    with (copy / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)
    assert not intact(copy)
