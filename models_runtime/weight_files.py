"""What files of weights say about themselves in their first bytes, without a byte of the weights being read.

A safetensors file is the length of its header (8 bytes, little-endian), the header (JSON: for each tensor its type,
shape and place), and the tensors, one after the other to the last byte of the file.
"""

import json
import math
import struct
from pathlib import Path

from models_runtime.engine import EngineError

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
LONGEST_HEADER = 100_000_000  # bytes; the format's own limit


def count_weights(folder: Path) -> int:
    """How many numbers the weights of a checkpoint are; refuses files that are missing, cut off or no safetensors."""
    return sum(count_numbers(folder / name) for name in _files(folder))


def count_numbers(file: Path) -> int:
    size = file.stat().st_size
    try:
        with file.open("rb") as opened:
            [length] = struct.unpack("<Q", opened.read(8))
            if length > min(size, LONGEST_HEADER):
                raise ValueError
            tensors = json.loads(opened.read(length))
        tensors.pop("__metadata__", None)
        end = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        numbers = sum(math.prod(tensor["shape"]) for tensor in tensors.values())
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _refused(
            f"The weights in {file} are damaged, or are no safetensors. Copy the file there again."
        ) from error
    if end != size:
        detail = f"The weights in {file} are damaged: it has {size:,} bytes rather than {end:,}. Copy it there again."
        raise _refused(detail)
    return numbers


def _files(folder: Path) -> list[str]:
    """Names without folders: only those were hashed."""
    if (folder / WEIGHTS).is_file():
        return [WEIGHTS]
    if not (folder / INDEX).is_file():
        raise _refused(f"{folder} has neither {WEIGHTS} nor {INDEX}. Name its weights as transformers saves them.")
    try:
        names = sorted(set(json.loads((folder / INDEX).read_text())["weight_map"].values()))
        missing = [name for name in names if not (folder / name).is_file() or Path(name).name != name]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(f"The index {folder / INDEX} cannot be read. Copy the checkpoint again.") from error
    if missing:
        raise _refused(
            f"The checkpoint in {folder} is not complete: {missing[0]}, which its index names, is not in the folder "
            f"({len(missing)} of {len(names)} files are missing). Copy it there again."
        )
    return names


def _refused(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
