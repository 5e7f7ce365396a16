"""One file that holds a whole installation: a tar of tables and artifacts, and last a manifest of all that is in it.

A file under its final name is complete: it is written under another one, synced, then renamed. Each member has its
sha256 in the manifest, which is checked before anything of it is used.
"""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20  # bytes read at a time


class ArchiveError(Exception):
    """The file cannot be written, or is not to be trusted; the message is for whoever runs Tandem."""


class Hashed:
    """A file that is read once, and the sha256 of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.digest.update(block)
        return block


class Writer:
    """`folder` is where the file is, which has the room for what is prepared beside it."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self.tar, self.folder = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT), folder  # noqa: SIM115
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        """From where the file stands to where it ends now."""
        begin = file.tell()
        entry = tarfile.TarInfo(name)
        entry.size = file.seek(0, os.SEEK_END) - begin
        entry.mode = 0o600
        file.seek(begin)
        hashed = Hashed(file)
        self.tar.addfile(entry, hashed)
        self.members[name] = {"bytes": entry.size, "sha256": hashed.digest.hexdigest()}

    def finish(self, about: dict[str, Any]) -> None:
        manifest = json.dumps({"format": FORMAT, **about, "members": self.members}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(manifest), 0o600
        self.tar.addfile(entry, io.BytesIO(manifest))
        self.tar.close()


@contextmanager
def new(path: Path) -> Iterator[Writer]:
    """Readable by its owner alone. ArchiveError when something is there: nothing is ever overwritten."""
    if path.exists():
        raise ArchiveError(f"{path} is there already. Choose another name, or move it away.")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".unfinished", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield Writer(file, path.parent)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        sync(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def sync(folder: Path) -> None:
    """What was renamed in it has its new name after a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Reader:
    """Of a file whose members are all as its manifest says. ArchiveError else."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self.tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - the file is its caller's
            self.entries = {entry.name: entry for entry in self.tar}
            self.manifest: dict[str, Any] = json.loads(self.open(MANIFEST).read())
        except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
            raise ArchiveError("This is no backup of Tandem, or only the beginning of one.") from error
        if self.manifest.get("format") != FORMAT:
            raise ArchiveError("This backup was made by another version of Tandem, which this one cannot read.")

    def open(self, name: str) -> IO[bytes]:
        found = self.tar.extractfile(self.entries[name])
        if found is None:
            raise KeyError(name)
        return found

    def members(self, folder: str) -> Iterator[tuple[str, str]]:
        """(name without the folder, whole name) of each."""
        for name in self.manifest["members"]:
            if name.startswith(f"{folder}/"):
                yield name.removeprefix(f"{folder}/"), name

    def check(self) -> None:
        for name, member in self.manifest["members"].items():
            if name not in self.entries or self.digest(name) != member["sha256"]:
                raise ArchiveError(f"{name} in this backup is not what it was when the backup was made.")

    def digest(self, name: str) -> str:
        hashed = Hashed(self.open(name))
        while hashed.read(BLOCK):
            pass
        return hashed.digest.hexdigest()
