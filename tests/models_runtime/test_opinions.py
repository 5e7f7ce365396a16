"""What quick reward models say of responses: the head that the web side keeps, on what this worker's encoder makes."""

import os
from pathlib import Path

import pytest
import tiny_models
import torch
from safetensors.torch import save_file

from models_runtime import encoding
from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.encoding import Encoder, Pair
from models_runtime.engine import EngineError
from models_runtime.opinions import give_opinion
from models_runtime.reward_scoring import fetched
from tests.errands import Told

WHY = [{"role": "user", "content": "Why?"}]


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    tiny_models.llama(tmp_path / "models" / "tiny")
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "models"))
    monkeypatch.setenv("ARTIFACT_URL", str(tmp_path / "artifacts"))
    return Encoder.from_source("tiny", torch.float32)


@pytest.fixture
def store(encoder: Encoder) -> Artifacts:
    return artifacts()


@pytest.fixture
def head(tmp_path: Path) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {"weight": torch.randn(64, generator=generator), "centre": torch.tensor([0.25])}


def kept(store: Artifacts, folder: Path, head: dict[str, torch.Tensor], encoder: str) -> str:
    """As the web side keeps it."""
    place = folder / "head"
    place.mkdir()
    save_file(head, place / "head.safetensors")
    return store.add_folder(place, {"kind": "quick", "encoder": encoder, "features": list(encoding.FEATURES)})


def test_a_quick_model_says_of_each_response_what_its_head_makes_of_its_states(
    encoder: Encoder, store: Artifacts, head: dict[str, torch.Tensor], tmp_path: Path
):
    name = kept(store, tmp_path, head, encoder.sha256)
    lines = [
        {"context": WHY, "responses": ["Because.", "So.", "No."]},
        {"context": [{"role": "user", "content": "And?", "more": 7}], "responses": ["Yes."]},
    ]

    def loaded() -> Encoder:
        torch.rand(1)
        return encoder

    before = torch.get_rng_state()
    said = give_opinion(Told("x"), {"models": {"safety": name}, "lines": lines}, loaded)
    assert torch.get_rng_state().equal(before), "for it may be asked in the middle of a training"
    [three, one] = said["rewards"]["safety"]
    encoded = encoder.encode([Pair("0", WHY, "Because.", "No.")])
    features = torch.cat([encoded.states[name].half() for name in encoding.FEATURES], dim=2).double()
    expected = features[0] @ head["weight"].double() - 0.25
    assert [three[0], three[2]] == pytest.approx(expected.tolist(), rel=1e-2)
    assert len(three) == 3 and len(set(three)) == 3 and len(one) == 1


def test_a_head_on_another_chat_model_is_refused(
    encoder: Encoder, store: Artifacts, head: dict[str, torch.Tensor], tmp_path: Path
):
    name = kept(store, tmp_path, head, "0" * 64)
    with pytest.raises(EngineError, match="another chat model") as refusal:
        give_opinion(Told("x"), {"models": {"safety": name}, "lines": []}, lambda: encoder)
    assert refusal.value.permanent


def test_what_a_killed_worker_has_left_goes_and_what_another_one_reads_stays(
    encoder: Encoder, store: Artifacts, head: dict[str, torch.Tensor], tmp_path: Path
):
    name = kept(store, tmp_path, head, encoder.sha256)
    with fetched(store, name) as read:
        left, young = read.with_name("left"), read.with_name("young")
        for folder in (left, young):
            folder.mkdir()
            (folder / "model.safetensors").write_bytes(b"half of it")
        for folder in (left, read):
            os.utime(folder, (0, 0))
        with fetched(store, name):
            assert not left.exists() and young.exists() and (read / "head.safetensors").exists()
    assert list(read.parent.iterdir()) == [young]
