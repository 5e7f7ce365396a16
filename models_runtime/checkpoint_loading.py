"""From a folder to a model in memory, with whatever may be wrong with it said in a sentence.

What the library would accept in silence is refused here: weights that are missing (it makes up random ones), weights
that no hash was taken of, an adapter's configuration beside a model (it would look for that adapter's base).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from models_runtime.engine import EngineError
from models_runtime.memory import OutOfMemory, free_memory, is_out_of_memory, out_of_memory, require_memory
from models_runtime.weight_files import count_weights
from models_runtime.wording import because

OFFLINE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
SHOWN = 3  # names of weights in an error


@dataclass(frozen=True, slots=True)
class Loaded:
    model: PreTrainedModel
    tokenizer: Any


def load(folder: Path, device: torch.device, dtype: torch.dtype, adapter: Path | None = None) -> Loaded:
    """On `device`, with the adapter merged; the tokenizer and its template are the base model's."""
    config = _config(folder)
    tokenizer = _tokenizer(folder)
    try:
        needed = count_weights(folder) * dtype.itemsize
        require_memory(needed, free_memory(device), f"The model in {folder}")
        model: PreTrainedModel = cast(Any, _model(folder, config, dtype)).to(device)
        if adapter is not None:
            from models_runtime.lora_adapters import merged

            model = merged(model, adapter)
        return Loaded(model.eval(), tokenizer)
    except EngineError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(error, f"load the model in {folder}") from error
        raise


def _config(folder: Path) -> Any:
    if (folder / "adapter_config.json").exists():
        raise _refused(f"{folder} holds a LoRA adapter. Name it after its base model: <base model>+<adapter>.")
    try:
        config = AutoConfig.from_pretrained(folder, **OFFLINE)
    except Exception as error:
        raise _refused(_about_config(folder, error)) from error
    if type(config) not in AutoModelForCausalLM._model_mapping:
        raise _refused(f"The model in {folder} ({config.model_type}) is not one that answers in a dialogue: {_CHAT}.")
    return config


_CHAT = "it has to be a causal language model (…ForCausalLM) with a chat template"


def _about_config(folder: Path, error: Exception) -> str:
    said = str(error)
    kind = _declared(folder)
    if "trust_remote_code" in said:
        return (
            f"The model in {folder} ({kind}) needs Python code of its own, and no code that comes with a model is ever "
            "run here. Take a version of it that transformers knows, or ask it on a server by its URL."
        )
    if "does not recognize this architecture" in said:
        return (
            f"The model in {folder} is of the kind {kind!r}, which transformers on this worker does not know. Take "
            "another model, or ask this one on a server by its URL."
        )
    return f"The configuration {folder / 'config.json'} cannot be read: {because(error)}. Copy the checkpoint again."


def _declared(folder: Path) -> str:
    try:
        return str(json.loads((folder / "config.json").read_text())["model_type"])
    except (OSError, ValueError, KeyError, TypeError):
        return "of no kind that it names"


def _tokenizer(folder: Path) -> Any:
    if not any(folder.glob("tokenizer*")):
        raise _refused(f"{folder} has no tokenizer (tokenizer.json). Copy the files of the model's tokenizer there.")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **OFFLINE)
    except Exception as error:
        raise _refused(f"The tokenizer in {folder} cannot be read: {because(error)}. Copy its files again.") from error
    if not tokenizer.chat_template:
        raise _refused(
            f"The model in {folder} has no chat template, so that nobody can talk to it. Take its instruct or chat "
            "version, or put a chat_template.jinja beside its weights."
        )
    return tokenizer


def _model(folder: Path, config: Any, dtype: torch.dtype) -> PreTrainedModel:
    options = {"dtype": dtype, "use_safetensors": True, "attn_implementation": "sdpa", "output_loading_info": True}
    read: Callable[[], Any] = partial(AutoModelForCausalLM.from_pretrained, folder, config=config, **options, **OFFLINE)
    model, report = _or_sentence(folder, read)
    missing = sorted(report["missing_keys"])
    if missing:
        shown = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
        raise _refused(
            f"The weights in {folder} are not those of a whole {type(model).__name__}: {shown} are missing. A reward "
            "model, a classifier or a part of a checkpoint cannot answer in a dialogue."
        )
    whole: PreTrainedModel = model
    return whole


def _or_sentence(folder: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (MemoryError, OutOfMemory):
        raise
    except ImportError as error:
        raise _refused(
            f"The model in {folder} is quantised in a way that this worker has no library for: {because(error)}. Take "
            "the model as it was before, in bfloat16, or ask it on a server by its URL."
        ) from error
    except Exception as error:
        if is_out_of_memory(error):
            raise
        said = because(error)
        if "ignore_mismatched_sizes" in said:
            said = "the shapes of its weights are not those that its configuration says"
        raise _refused(f"The model in {folder} cannot be loaded: {said}.") from error


def _refused(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
