"""Folders that a worker makes once and then only reads: conversions and downloads.

A folder is made beside its place and becomes visible by a rename, so that a half-finished one is never used. One
process at a time makes a folder of one name; others wait for it, and find it. What a killed one left is removed, or
gone on with where that is possible.
"""

import errno
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models_runtime.engine import EngineError
from models_runtime.fingerprints import adapter_hash, checkpoint_hash, intact, record
from models_runtime.wording import because

UNFINISHED = ".unfinished-"
LOCK = ".making-"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_SAID = ("No space left on device", "File too large", "PytorchStreamWriter failed")  # by libraries' own errors
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}

Make = Callable[[Path], None]


def made(target: Path, make: Make, origin: str, *, resumes: bool = False) -> Path:
    """`target`, made by `make(folder)` if it is not there intact.

    `make` finds an empty folder or, if it `resumes`, what the last one left.
    """
    if intact(target):
        return target
    with on_disk(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with (target.parent / f"{LOCK}{target.name}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not intact(target):
                _make(target, make, origin, resumes)
    return target


def _make(target: Path, make: Make, origin: str, resumes: bool) -> None:
    fresh = target.with_name(f"{UNFINISHED}{target.name}")
    if not resumes:
        shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(exist_ok=True)
    try:
        make(fresh)
        adapter = (fresh / "adapter_config.json").is_file()
        record(fresh, adapter_hash(fresh) if adapter else checkpoint_hash(fresh), origin)
    except BaseException:
        if not resumes:
            shutil.rmtree(fresh, ignore_errors=True)
        raise
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)


@contextmanager
def on_disk(folder: Path, what: str = "the model") -> Iterator[None]:
    """What the disk refuses, in words for whoever runs the worker."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in FULL or any(said in str(error) for said in FULL_SAID):
            detail = f"The disk of this worker is full: there is no room for {what} in {folder}. Make room there."
            raise EngineError(detail) from error
        if number in FORBIDDEN:
            detail = f"This worker may not write to {folder}: whoever runs it can make the folder writable there."
            raise EngineError(detail, permanent=True) from error
        if number is not None:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else because(error)
            raise EngineError(f"{what[0].upper()}{what[1:]} could not be put into {folder}: {reason}.") from error
        raise
