"""LoRA adapters, merged into the model that they were trained for.

Their configuration names a base model too, which is never looked at: the base is what the source says.
"""

import json
from pathlib import Path
from typing import Any

from peft import PeftConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import PreTrainedModel

from models_runtime.engine import EngineError
from models_runtime.memory import is_out_of_memory
from models_runtime.weight_files import count_numbers
from models_runtime.wording import because


def merged(model: PreTrainedModel, folder: Path) -> PreTrainedModel:
    """The model with the adapter's changes in its own weights, as fast as it was."""
    config = _config(folder)
    weights = _weights(folder)
    try:
        adapted: Any = get_peft_model(model, config)
        fit: Any = set_peft_model_state_dict(adapted, weights)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        said = because(error)
        raise _other_base(folder, "its weights have other shapes" if "size mismatch" in said else said) from error
    missing = [name for name in fit.missing_keys if "lora_" in name]
    if missing or fit.unexpected_keys:
        raise _other_base(folder, f"{(missing + list(fit.unexpected_keys))[0]} has no counterpart")
    try:
        whole: PreTrainedModel = adapted.merge_and_unload(safe_merge=True)
    except (ValueError, NotImplementedError) as error:
        raise _refused(f"The adapter in {folder} cannot be merged into its model: {because(error)}.") from error
    return whole


def _config(folder: Path) -> Any:
    try:
        said = json.loads((folder / "adapter_config.json").read_text())
        kind = said.get("peft_type")
        kind = f"{kind} for Megatron" if said.get("megatron_config") else kind
        if kind != "LORA":
            raise _refused(f"The adapter in {folder} is of the kind {kind!r}; only plain LoRA adapters can be merged.")
        config = PeftConfig.from_pretrained(str(folder), local_files_only=True)
    except EngineError:
        raise
    except Exception as error:
        detail = f"The configuration of the adapter in {folder} cannot be read: {because(error)}. Copy it there again."
        raise _refused(detail) from error
    config.base_model_name_or_path = None
    return config


def _weights(folder: Path) -> dict[str, Any]:
    file = folder / "adapter_model.safetensors"
    count_numbers(file)  # refuses a damaged one
    return load_file(file)


def _other_base(folder: Path, said: str) -> EngineError:
    return _refused(
        f"The adapter in {folder} does not fit this model: {said}. If it was trained for another base model, name "
        "that one before the plus sign."
    )


def _refused(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
