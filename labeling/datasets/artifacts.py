"""Bytes that are kept by their sha256: the files of data sets, in one store for the whole installation.

ARTIFACT_URL says where: a folder, or a bucket of a server that speaks S3. What is kept never changes, and the same
bytes are kept once, whoever adds them. A file is there whole or not at all: it is written as a draft, then moved to its
name.

Whoever reads all of it is told where it is not what it was. Of a part nobody can tell: it is for whoever has the hash
of the whole, and checks that once all parts are there.
"""

import errno
import fcntl
import hashlib
import os
import posixpath
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

PORTION = 1 << 18  # bytes that are read at once
DRAFTS = ".drafts"  # a name that backups pass over
YOUNG = 60.0  # seconds after which a draft that nobody has locked is one that somebody has left


class Damaged(Exception):
    """What is kept under this hash is something else by now."""


class Away(Exception):
    """The server that keeps them cannot be reached, or refused."""


UNREADABLE = (Away, Damaged, OSError)
"""What comes of reading: a file that is gone is a FileNotFoundError, wherever it was kept."""
GONE = (Damaged, FileNotFoundError)
"""Of these, what no waiting mends."""


class Draft(File):
    """A file that may be moved instead of copied, where it is on the same disk."""

    def __init__(self, place: Path) -> None:
        super().__init__(place.open("rb"), name=place.name)
        self.place = place

    def temporary_file_path(self) -> str:
        return str(self.place)


class Artifacts:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def __contains__(self, sha256: str) -> bool:
        with self.reached():
            return self.storage.exists(name(sha256))

    def size(self, sha256: str) -> int:
        with self.reached():
            return self.storage.size(name(sha256))

    def add(self, place: Path, sha256: str) -> None:
        """Takes over a file whose hash is known, since it was made while the file was written. What is there under that
        hash and is not it any more is replaced."""
        if sha256 in self:
            if self.is_whole(sha256):
                place.unlink()
                return
            self.delete(sha256)
        with self.reached(), Draft(place) as draft:
            os.fsync(draft.fileno())
            self.storage.save(name(sha256), draft)
        place.unlink(missing_ok=True)

    def is_whole(self, sha256: str) -> bool:
        """All of it is read for that."""
        try:
            for _portion in self.read(sha256):
                pass
        except GONE:
            return False
        return True

    def read(self, sha256: str) -> Iterator[bytes]:
        """All of it, in portions; raises Damaged before the last one where it is not what it was."""
        digest, held = hashlib.sha256(), b""
        for portion in self.part(sha256, 0, self.size(sha256)):
            digest.update(portion)
            if held:
                yield held
            held = portion
        if digest.hexdigest() != sha256:
            raise Damaged(sha256)
        yield held

    def part(self, sha256: str, begin: int, end: int) -> Iterator[bytes]:
        """Bytes from `begin` up to `end`, unchecked."""
        if begin >= end:
            return
        with self.reached():
            if isinstance(self.storage, FileSystemStorage):
                yield from _of_file(Path(self.storage.path(name(sha256))), begin, end)
            else:
                yield from _of_bucket(self.storage, name(sha256), begin, end)

    def delete(self, sha256: str) -> None:
        """What is not there is deleted already."""
        with self.reached():
            self.storage.delete(name(sha256))

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder of one's own to write in, gone afterwards with whatever was not added. It is locked meanwhile: the
        lock of whoever is killed ends with them, and `sweep` takes the folder away."""
        self.drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.drafts))
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            shutil.rmtree(folder)
            os.close(lock)

    def sweep(self) -> None:
        """Away with drafts that nobody writes any more: folders of this side, and files of workers that share the
        store."""
        for draft in self.drafts.glob("*"):
            with suppress(OSError):  # somebody is at it, or has just taken it away
                if time.time() - draft.stat().st_mtime < YOUNG:
                    continue
                lock = os.open(draft, os.O_RDONLY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(draft) if draft.is_dir() else draft.unlink()
                finally:
                    os.close(lock)

    @property
    def drafts(self) -> Path:
        return Path(getattr(self.storage, "base_location", settings.TANDEM_HOME)) / DRAFTS

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Whatever a bucket's server has to say comes as Away, and so does a folder that is not there at all."""
        try:
            yield
        except FileNotFoundError as error:
            if isinstance(self.storage, FileSystemStorage) and not Path(self.storage.base_location).is_dir():
                raise Away(f"The folder of files is not there: {self.storage.base_location}") from error
            raise
        except OSError:
            raise
        except Exception as error:
            if type(error).__module__.split(".")[0] not in ("botocore", "boto3", "s3transfer"):
                raise
            if code_of(error) in ("404", "NoSuchKey"):
                raise FileNotFoundError(errno.ENOENT, "It is not in the store") from error
            raise Away(f"The store of files did not answer as it should: {error}") from error


def artifacts() -> Artifacts:
    return Artifacts(storages["artifacts"])


def name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def code_of(error: Exception) -> str:
    """What a bucket's server calls it, if it has answered."""
    answer: dict[str, Any] = getattr(error, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


def _of_file(place: Path, begin: int, end: int) -> Iterator[bytes]:
    with place.open("rb") as file:
        file.seek(begin)
        while begin < end and (portion := file.read(min(PORTION, end - begin))):
            begin += len(portion)
            yield portion


def _of_bucket(storage: Any, name: str, begin: int, end: int) -> Iterator[bytes]:
    """Of a connection of this thread's own; what django-storages opens is fetched as a whole first."""
    there = storage.connection.Object(storage.bucket_name, posixpath.join(storage.location, name))
    yield from there.get(Range=f"bytes={begin}-{end - 1}")["Body"].iter_chunks(PORTION)
