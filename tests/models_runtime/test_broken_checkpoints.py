"""What may be wrong with a checkpoint, and what its manager reads."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from runtime_harness import request
from tiny_models import adapter, change_json, change_weights, llama

from models_runtime.engine import EngineError
from models_runtime.transformers_engine import TransformersEngine

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("sound") / "model")


@pytest.fixture
def folder(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path))
    return Path(shutil.copytree(sound, tmp_path / "model"))


def refused() -> str:
    with pytest.raises(EngineError) as refusal:
        TransformersEngine.from_source("model")
    assert refusal.value.permanent
    assert "\n" not in refusal.value.detail
    assert len(refusal.value.detail) < 600
    return refusal.value.detail


def split(folder: Path, *names: str) -> None:
    """As large models come: an index, and the weights in files of the given names, of which one is there."""
    weights = folder / WEIGHTS
    weights.rename(folder / "model-00001-of-00002.safetensors")
    weight_map = {f"weight.{number}": name for number, name in enumerate(names)}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


def config(**changes: object) -> Callable[[Path], object]:
    return lambda folder: change_json(folder / "config.json", **changes)


def test_a_sound_one_answers(folder: Path):
    engine = TransformersEngine.from_source("model")
    *_, last = engine.stream(request("x", "transformers", max_new_tokens=4))
    engine.close()
    assert 1 <= last.finish.completion_tokens <= 4


BREAKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a shard is missing": (
        lambda folder: split(folder, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"),
        r"not complete: model-00002-of-00002.safetensors.*\(1 of 2 files are missing\).*Copy it there again",
    ),
    "a shard lies elsewhere": (lambda folder: split(folder, "../secret/x.safetensors"), "not complete"),
    "the index is no index": (lambda folder: (split(folder), write(INDEX, "{")(folder)), "index .* cannot be read"),
    "the weights have another name": (
        lambda folder: (folder / WEIGHTS).rename(folder / "consolidated.safetensors"),
        "neither model.safetensors nor",
    ),
    "the weights are cut off": (
        lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:20_000]),
        r"model.safetensors are damaged: it has 20,000 bytes rather than [\d,]+\. Copy it there again",
    ),
    "the weights are something else": (write(WEIGHTS, "<html>Not found</html>"), "model.safetensors are damaged"),
    "the configuration is no JSON": (write("config.json", "{"), "configuration .* cannot be read"),
    "the configuration is empty": (write("config.json", "{}"), "configuration .* cannot be read"),
    "the configuration makes no sense": (config(hidden_size="x"), "configuration .* cannot be read"),
    "the kind of model is unknown": (config(model_type="futuristic"), "of the kind 'futuristic', which"),
    "it needs code": (
        config(model_type="futuristic", auto_map={"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}),
        "code that comes with a model is ever run",
    ),
    "it writes nothing": (config(model_type="t5"), "causal language model"),
    "it is a reward model": (
        lambda folder: change_weights(folder / WEIGHTS, drop="lm_head", **{"score.weight": torch.ones(1, 32)}),
        "not those of a whole LlamaForCausalLM: lm_head.weight are missing. A reward model",
    ),
    "it has more layers than weights": (config(num_hidden_layers=3), "and 6 more are missing"),
    "it has other shapes": (config(hidden_size=64), "shapes of its weights"),
    "it is quantised": (
        config(quantization_config={"quant_method": "gptq", "bits": 4}),
        "quantised in a way that this worker has no library for",
    ),
    "it has no tokenizer": (
        lambda folder: [file.unlink() for file in folder.glob("tokenizer*")],
        "has no tokenizer",
    ),
    "its tokenizer is broken": (write("tokenizer.json", "{"), "tokenizer in .* cannot be read"),
    "its tokenizer is not whole": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer in .* cannot be"),
    "it has no chat template": (
        lambda folder: (folder / "chat_template.jinja").unlink(),
        "no chat template, so that nobody can talk to it",
    ),
    "it is an adapter too": (
        lambda folder: adapter(folder, folder / "a") and shutil.copy(folder / "a" / "adapter_config.json", folder),
        r"LoRA adapter. Name it after its base model",
    ),
}


@pytest.mark.parametrize(("damage", "says"), BREAKS.values(), ids=BREAKS)
def test_it_says_what_is_wrong(folder: Path, damage: Callable[[Path], object], says: str):
    damage(folder)
    said = refused()
    assert re.search(says, said), said


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for %}", "chat template refused"),
        ("{{ raise_exception('no system prompts') }}", "no system prompts"),
        ("{{ messages[5].content }}", "chat template refused"),
        ("{{ 1 // 0 }}", "chat template refused"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "chat template refused"),
        ("{{ ''.__class__.__mro__ }}", "chat template refused"),
    ],
)
def test_a_template_that_fails_is_told_with_the_first_request(folder: Path, template: str, says: str):
    (folder / "chat_template.jinja").write_text(template)
    engine = TransformersEngine.from_source("model")
    with pytest.raises(EngineError, match=says) as refusal:
        list(engine.stream(request("x", "transformers", max_new_tokens=4)))
    engine.close()
    assert refusal.value.permanent
    assert "\n" not in refusal.value.detail
