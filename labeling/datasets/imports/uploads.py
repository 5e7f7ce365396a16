"""Files that were sent, until they are imported: below TANDEM_HOME, where pages and workers of one machine find them.

A browser sends a file in parts, each of which says where it begins: one that is sent again, after a connection broke,
changes nothing, and a file of any size takes the memory of one part.
"""

import fcntl
import os
from pathlib import Path
from uuid import UUID

from labeling.stack import home


class Misplaced(Exception):
    """The part does not begin where the file ends; `size` says where that is."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def place(key: UUID) -> Path:
    return home() / "uploads" / str(key)


def append(key: UUID, begins: int, part: bytes, most: int) -> int:
    """How much of the file is here by now. Of two that send the same part, one writes it."""
    path = place(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if begins != size or begins + len(part) > most:
            raise Misplaced(size)
        try:
            left = memoryview(part)
            while left:
                left = left[file.write(left) :]
        except OSError:  # no room is left: what fitted would stand where the part is to begin again
            file.truncate(size)
            raise
        return size + len(part)


def received(key: UUID) -> int:
    """Bytes that are here."""
    try:
        return place(key).stat().st_size
    except FileNotFoundError:
        return 0


def remove(key: UUID) -> None:
    place(key).unlink(missing_ok=True)
