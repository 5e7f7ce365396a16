"""A GGUF file as a source: converted once, known by its own bytes."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from runtime_harness import PATIENCE, REPOSITORY, request
from tiny_models import gguf_file

from models_runtime.checkpoints import find
from models_runtime.engine import EngineError
from models_runtime.model_folders import OWN
from models_runtime.transformers_engine import TransformersEngine


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "allowed"))
    return tmp_path / "allowed"


def refused(source: str) -> str:
    with pytest.raises(EngineError) as refusal:
        find(source)
    assert refusal.value.permanent
    return refusal.value.detail


def test_it_answers_and_is_known_by_the_bytes_of_the_file(allowed: Path):
    file = gguf_file(allowed / "team" / "m.gguf")
    weights = find("team/m.gguf")
    assert weights.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    engine = TransformersEngine.from_source("team/m.gguf", weights.sha256)
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=5))
    engine.close()
    assert last.finish.completion_tokens >= 1


def test_it_is_converted_once_wherever_it_is_moved(allowed: Path):
    gguf_file(allowed / "m.gguf")
    first = find("m.gguf").folder
    made = (first / "model.safetensors").stat().st_mtime_ns
    (allowed / "m.gguf").rename(allowed / "renamed.gguf")
    assert find("renamed.gguf").folder == first
    assert (first / "model.safetensors").stat().st_mtime_ns == made


def test_many_at_once_wait_for_one_conversion(allowed: Path):
    gguf_file(allowed / "m.gguf")
    found: list[Path] = []
    threads = [Thread(target=lambda: found.append(find("m.gguf").folder)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert not list((allowed / OWN).glob(".unfinished-*"))


HALFWAY = """
import sys
from models_runtime import checkpoints
def halt(gguf, folder):
    print(folder, flush=True)
    sys.stdin.read()
checkpoints.convert_gguf = halt
checkpoints.find("m.gguf")
"""


def test_a_killed_conversion_is_cleared_away_and_made_again(allowed: Path):
    gguf_file(allowed / "m.gguf")
    process = subprocess.Popen(
        [sys.executable, "-c", HALFWAY], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    unfinished = Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()
    assert unfinished.is_dir()
    (unfinished / "leftover.safetensors").write_bytes(b"half")
    weights = find("m.gguf")
    assert not (weights.folder / "leftover.safetensors").exists()
    assert not unfinished.exists()


def test_a_damaged_conversion_is_made_again(allowed: Path):
    gguf_file(allowed / "m.gguf")
    weights = find("m.gguf")
    (weights.folder / "config.json").write_text("{}")
    assert find("m.gguf") == weights
    assert "llama" in (weights.folder / "config.json").read_text()


def test_an_adapter_beside_the_file_is_not_taken_for_a_part_of_it(allowed: Path):
    gguf_file(allowed / "m.gguf")
    (allowed / "adapter_config.json").write_text('{"peft_type": "LORA", "base_model_name_or_path": "org/other"}')
    assert find("m.gguf").folder.is_dir()


def shortened(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda file: shortened(file, file.stat().st_size - 5000), "damaged or not complete"),
        (lambda file: shortened(file, 500), "damaged or not complete"),
        (lambda file: file.write_bytes(b""), "not a GGUF file"),
        (lambda file: file.write_bytes(b"something else"), "not a GGUF file"),
        (lambda file: file.unlink(), "no such file"),
    ],
    ids=["truncated weights", "truncated header", "empty", "other", "missing"],
)
def test_a_broken_file_is_refused_with_what_to_do(allowed: Path, damage: Callable[[Path], None], says: str):
    damage(gguf_file(allowed / "m.gguf"))
    said = refused("m.gguf")
    assert says in said
    assert "opy" in said
    assert not list(allowed.rglob("gguf-*"))


def test_a_file_without_a_chat_template_is_refused(allowed: Path):
    gguf_file(allowed / "m.gguf", template=None)
    assert "no chat template" in refused("m.gguf")


def test_an_architecture_that_cannot_be_read_is_named(allowed: Path):
    gguf_file(allowed / "m.gguf", architecture="rwkv6")
    assert "rwkv6" in refused("m.gguf")


def test_a_part_of_a_file_is_refused(allowed: Path):
    gguf_file(allowed / "m-00001-of-00002.gguf")
    assert "one of several parts" in refused("m-00001-of-00002.gguf")


def test_a_link_to_a_file_outside_is_refused(allowed: Path, tmp_path: Path):
    allowed.mkdir()
    (allowed / "m.gguf").symlink_to(gguf_file(tmp_path / "outside.gguf"))
    assert "outside the folders" in refused("m.gguf")


def test_what_the_worker_made_is_not_a_source(allowed: Path):
    gguf_file(allowed / "m.gguf")
    folder = find("m.gguf").folder
    assert "outside the folders" in refused(str(folder))


def test_a_full_disk_is_said_and_may_pass(allowed: Path, monkeypatch: pytest.MonkeyPatch):
    def write_to_a_full_device(gguf: Path, folder: Path) -> None:
        Path("/dev/full").write_bytes(b"weights")

    monkeypatch.setattr("models_runtime.checkpoints.convert_gguf", write_to_a_full_device)
    gguf_file(allowed / "m.gguf")
    with pytest.raises(EngineError, match="disk of this worker is full") as failure:
        find("m.gguf")
    assert not failure.value.permanent
