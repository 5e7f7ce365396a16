"""Memory that is not there: noticed before it is asked for where that can be known, put into words where not."""

import gc
import re
import sys
from pathlib import Path
from typing import Any

from models_runtime.engine import EngineError
from models_runtime.wording import one_line

GIB = 2**30
ROOMY = 0.25  # of the memory of a device
MEMINFO = Path("/proc/meminfo")
WANTED = re.compile(r"Tried to allocate ([\d.]+ [KMGT]iB)|you tried to allocate (\d+) bytes")
SIGNS = ("out of memory", "can't allocate memory", "Cannot allocate memory")


class OutOfMemory(EngineError):
    """Transient: another worker may have more, or this one when other models are gone."""


def is_out_of_memory(error: object) -> bool:
    """Also of the words of an error: torch.OutOfMemoryError on CUDA, a plain RuntimeError on CPU."""
    return isinstance(error, MemoryError | OutOfMemory) or any(sign in str(error) for sign in SIGNS)


def out_of_memory(error: object, doing: str) -> OutOfMemory:
    """`doing`: "load 'x'", "generate"."""
    wanted = _wanted(str(error))
    more = f" ({wanted} more were wanted)" if wanted else ""
    return OutOfMemory(
        f"This worker has too little memory to {doing}{more}. Choose a smaller model, or start a worker on a machine "
        "with more memory."
    )


def release_memory() -> None:
    """Gives back what closed engines and failed loads have left in circles of references and in CUDA's own pool."""
    gc.collect()
    torch = sys.modules.get("torch")  # a worker that has loaded nothing need not import it for this
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def require_memory(needed: int, free: int | None, what: str) -> None:
    """Before loading: where the system promises more than it has, the worker would be killed rather than told."""
    if free is not None and needed > free:
        raise OutOfMemory(
            f"{what} wants {_gib(needed)} of memory for its weights, and this worker has {_gib(free)} free. Choose a "
            "smaller model, or start a worker on a machine with more memory."
        )


def free_memory(device: Any) -> int | None:
    """Bytes on a torch device; None where nobody says."""
    if device.type == "cuda":
        import torch

        torch.cuda.empty_cache()  # what its pool keeps for later counts as taken
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = MEMINFO.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def is_roomy() -> bool:
    """Whether another model may be loaded for a moment beside what is trained. CUDA: into what that has never taken, if
    it is enough of the whole. A processor's memory is not asked."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return True
    free, whole = torch.cuda.mem_get_info()
    return bool(free >= ROOMY * whole)


def _wanted(said: str) -> str:
    found = WANTED.search(one_line(said, 1000))
    if found is None:
        return ""
    return found[1] or _gib(int(found[2]))


def _gib(size: int) -> str:
    return f"{size / GIB:,.2f} GiB"
