"""A LoRA adapter on a base: merged, known by both, and refused where it belongs to another."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from runtime_harness import request
from tiny_models import adapter, change_json, change_weights, gguf_file, llama
from transformers import LlamaForCausalLM

from models_runtime.checkpoints import find
from models_runtime.engine import EngineError
from models_runtime.fingerprints import adapter_hash, checkpoint_hash
from models_runtime.transformers_engine import TransformersEngine


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a model "base" and an adapter "polite" that was made for it."""
    folder = tmp_path / "allowed"
    monkeypatch.setenv("MODEL_FOLDERS", str(folder))
    adapter(llama(folder / "base"), folder / "polite")
    return folder


def refused(source: str) -> str:
    with pytest.raises(EngineError) as refusal:
        TransformersEngine.from_source(source)
    assert refusal.value.permanent
    assert "\n" not in refusal.value.detail
    return refusal.value.detail


def test_it_answers_as_base_and_adapter_do_together(allowed: Path):
    engine = TransformersEngine.from_source("base+polite")
    tokens = torch.arange(20).unsqueeze(0)
    with torch.inference_mode():
        merged = engine._model(tokens.to(engine._model.device)).logits.float().cpu()
        base = LlamaForCausalLM.from_pretrained(allowed / "base")
        alone = base(tokens).logits
        apart = PeftModel.from_pretrained(base, allowed / "polite")(tokens).logits
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=4))
    engine.close()
    assert last.finish
    assert (merged - apart).abs().max() < (alone - apart).abs().max() / 10, "as far as bfloat16 goes"


def test_it_is_known_by_both(allowed: Path):
    hashes = [checkpoint_hash(allowed / "base"), adapter_hash(allowed / "polite")]
    both = hashlib.sha256("+".join(hashes).encode()).hexdigest()
    assert find("base+polite").sha256 == both
    assert find("base").sha256 == hashes[0]
    change_json(allowed / "polite" / "adapter_config.json", lora_alpha=1)
    assert find("base+polite").sha256 != both
    with pytest.raises(EngineError, match="not the one that was registered"):
        find("base+polite", both)


def test_it_goes_onto_a_gguf_file_too(allowed: Path):
    gguf_file(allowed / "m.gguf")
    engine = TransformersEngine.from_source("m.gguf+polite")
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=4))
    engine.close()
    assert last.finish


def test_the_base_that_an_adapter_names_is_never_looked_at(allowed: Path, monkeypatch: pytest.MonkeyPatch):
    change_json(allowed / "polite" / "adapter_config.json", base_model_name_or_path="../../secret", revision="x")
    engine = TransformersEngine.from_source("base+polite")
    assert engine._model.config.hidden_size == 32
    engine.close()


def test_an_adapter_for_a_base_of_another_shape_is_refused(allowed: Path):
    llama(allowed / "wider", hidden_size=64)
    assert "its weights have other shapes. If it was trained for another base model" in refused("wider+polite")


CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
BREAKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no configuration": (lambda folder: (folder / CONFIG).unlink(), "no adapter_config.json"),
    "a broken configuration": (lambda folder: (folder / CONFIG).write_text("{"), "configuration .* cannot be read"),
    "a list for a configuration": (lambda folder: (folder / CONFIG).write_text("[]"), "configuration .* cannot be"),
    "another kind": (lambda folder: change_json(folder / CONFIG, peft_type="IA3"), "only plain LoRA"),
    "a rank that is none": (lambda folder: change_json(folder / CONFIG, r=0), "does not fit this model"),
    "another rank": (lambda folder: change_json(folder / CONFIG, r=8), "does not fit this model"),
    "targets that the base has not": (
        lambda folder: change_json(folder / CONFIG, target_modules=["c_attn"]),
        "trained for another base model",
    ),
    "code by name": (
        lambda folder: change_json(folder / CONFIG, megatron_config={"a": 1}, megatron_core="antigravity"),
        "only plain LoRA",
    ),
    "weights missing": (lambda folder: change_weights(folder / WEIGHTS, drop="layers.1"), "no counterpart"),
    "weights too many": (
        lambda folder: change_weights(folder / WEIGHTS, **{"base_model.x.lora_A.weight": torch.ones(1)}),
        "no counterpart",
    ),
    "damaged weights": (lambda folder: (folder / WEIGHTS).write_bytes(b"damaged"), "are damaged"),
    "weights that are no numbers": (
        lambda folder: change_weights(
            folder / WEIGHTS,
            drop="layers.1.self_attn.v_proj.lora_B",
            **{"base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight": torch.full((16, 4), float("nan"))},
        ),
        "cannot be merged",
    ),
    "weights in another format": (
        lambda folder: (folder / WEIGHTS).rename(folder / "adapter_model.bin"),
        "no adapter weights as safetensors",
    ),
    "another record": (
        lambda folder: (folder / "checkpoint.json").write_text(json.dumps({"sha256": "0" * 64})),
        "damaged or was changed",
    ),
}


@pytest.mark.parametrize(("damage", "says"), BREAKS.values(), ids=BREAKS)
def test_it_says_what_is_wrong_with_an_adapter(allowed: Path, damage: Callable[[Path], object], says: str):
    damage(allowed / "polite")
    said = refused("base+polite")
    assert re.search(says, said), said


def test_an_adapter_by_itself_is_no_model(allowed: Path):
    assert "no config.json" in refused("polite")


def test_a_model_is_no_adapter(allowed: Path):
    assert "no adapter_config.json" in refused("base+base")


def test_a_link_out_of_the_allowed_folders_is_refused(allowed: Path, tmp_path: Path):
    (allowed / "polite" / WEIGHTS).rename(tmp_path / WEIGHTS)
    (allowed / "polite" / WEIGHTS).symlink_to(tmp_path / WEIGHTS)
    assert "link" in refused("base+polite")
