"""From a GGUF file to a checkpoint: dense bfloat16 safetensors and the tokenizer with its chat template."""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models_runtime.engine import EngineError
from models_runtime.memory import free_memory, is_out_of_memory, out_of_memory, require_memory
from models_runtime.wording import because

MAGIC = b"GGUF"
BYTES_A_WEIGHT = 4  # of memory while it is converted; measured, with a little more, on one of 135 million weights
PART = re.compile(r"-\d{5}-of-\d{5}\.gguf", re.IGNORECASE)


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Takes seconds to minutes, two bytes of disk a weight, and twice as many of memory for a while.

    The library sees the file in a folder of its own: files beside it, as an adapter's, would join in.
    """
    os.environ["TQDM_DISABLE"] = "1"  # its bars fill logs with half lines
    _refuse_what_is_none(gguf)
    with tempfile.TemporaryDirectory() as alone:
        link = Path(alone) / "model.gguf"
        link.symlink_to(gguf.resolve())
        tokenizer = _read(gguf, "tokenizer", lambda: _tokenizer(link))
        if not tokenizer.chat_template:
            raise _refused(
                f"The GGUF file {gguf} has no chat template, so that nobody can talk to the model in it. "
                "Take one that was made from an instruct or chat model."
            )
        _require_memory(gguf)
        model = _read(gguf, "weights", lambda: _model(link, tokenizer))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _refuse_what_is_none(gguf: Path) -> None:
    if PART.search(gguf.name):
        detail = f"{gguf} is one of several parts. Join them into one file (llama-gguf-split --merge), and name that."
        raise _refused(detail)
    with gguf.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise _refused(f"{gguf} is not a GGUF file, or it is damaged from its first bytes on. Copy it there again.")


def _tokenizer(gguf: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, local_files_only=True)


def _require_memory(gguf: Path) -> None:
    import torch
    from gguf import GGUFReader

    numbers = _read(gguf, "weights", lambda: sum(int(tensor.n_elements) for tensor in GGUFReader(gguf).tensors))
    require_memory(numbers * BYTES_A_WEIGHT, free_memory(torch.device("cpu")), f"Converting the GGUF file {gguf}")


def _model(gguf: Path, tokenizer: Any) -> Any:
    """`dequantize` also keeps the quantiser off the model and its configuration: with it on, whoever loads what
    is saved here would look for the GGUF again.
    """
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        trust_remote_code=False,
        local_files_only=True,
    )
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return model


def _read(gguf: Path, part: str, read: Callable[[], Any]) -> Any:
    """A file's damage shows in many kinds of errors, from wherever the library happens to be."""
    try:
        return read()
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(error, f"convert the GGUF file {gguf}") from error
        said = because(error)
        if "not supported" in said:
            raise _refused(
                f"The GGUF file {gguf} holds a kind of model that transformers cannot read: {said}. "
                "Take the same model as safetensors, or ask it on a server (llama.cpp) by its URL."
            ) from error
        raise _refused(
            f"The GGUF file {gguf} is damaged or not complete: its {part} cannot be read ({said}). Compare its size "
            "with that of the file it was copied from, and copy it again."
        ) from error


def _refused(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
