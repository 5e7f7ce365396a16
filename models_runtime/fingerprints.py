"""The proof that weights are the ones meant: the hash of a checkpoint or of an adapter.

It is the sha256 of one line for each file that shapes what the model says, in the order of their names: the name,
a space, the file's own sha256, a newline. `checkpoint.json` records it beside them.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from models_runtime.engine import EngineError

MODEL_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer*",
    "vocab.*",
    "merges.txt",
    "spiece.model",
    "sentencepiece*",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template*",
    "additional_chat_templates/*",
)
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
RECORD = "checkpoint.json"


def files(folder: Path, patterns: tuple[str, ...] = MODEL_FILES) -> list[Path]:
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})


def file_hash(path: Path) -> str:
    """The sha256 of its bytes, read once for each state of the file."""
    stat = path.stat()
    return _file_hash(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1024)
def _file_hash(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checkpoint_hash(folder: Path) -> str:
    """Reads every byte, at 0.5 to 2 GB/s; once for each state of the files (names, sizes, times)."""
    found = files(folder)
    if not any(path.suffix == ".safetensors" for path in found):
        raise EngineError(f"{folder} holds no weights as safetensors; other formats are refused.", permanent=True)
    return _hash(folder, found)


def adapter_hash(folder: Path) -> str:
    if not (folder / "adapter_model.safetensors").is_file():
        detail = f"{folder} holds no adapter weights as safetensors (adapter_model.safetensors); others are refused."
        raise EngineError(detail, permanent=True)
    return _hash(folder, files(folder, ADAPTER_FILES))


def _hash(folder: Path, found: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in found:
        whole.update(f"{path.relative_to(folder).as_posix()} {file_hash(path)}\n".encode())
    return whole.hexdigest()


def combined_hash(base: str, adapter: str) -> str:
    """Of a model with an adapter: the sha256 of both hashes in hexadecimal, a plus sign between them."""
    return hashlib.sha256(f"{base}+{adapter}".encode()).hexdigest()


def recorded_hash(folder: Path) -> str | None:
    """What `checkpoint.json` says; None without one that can be read."""
    try:
        recorded = json.loads((folder / RECORD).read_text())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return recorded if isinstance(recorded, str) else None


def record(folder: Path, sha256: str, origin: str) -> None:
    (folder / RECORD).write_text(json.dumps({"sha256": sha256, "origin": origin}, indent=2) + "\n")


def intact(folder: Path) -> bool:
    """Whether a folder that the worker has made is as it was made."""
    try:
        adapter = (folder / "adapter_config.json").is_file()
        return (adapter_hash(folder) if adapter else checkpoint_hash(folder)) == recorded_hash(folder)
    except (EngineError, OSError):
        return False
