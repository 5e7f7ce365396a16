"""Bytes that are kept by their sha256: the files of data sets, in one store for the whole installation.

ARTIFACT_URL says where: a folder, or a bucket of a server that speaks S3. What is kept never changes, and the same
bytes are kept once, whoever adds them. A file is there whole or not at all: it is written as a draft, then moved to its
name.

Whoever reads all of it is told where it is not what it was. Of a part nobody can tell: it is for whoever has the hash
of the whole, and checks that once all parts are there.
"""

import hashlib
import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

PORTION = 1 << 18  # bytes that are read at once
DRAFTS = ".drafts"  # a name that backups pass over


class Damaged(Exception):
    """What is kept under this hash is something else by now."""


class Away(Exception):
    """The server that keeps them cannot be reached, or refused."""


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
        with reached():
            return self.storage.exists(name(sha256))

    def size(self, sha256: str) -> int:
        with reached():
            return self.storage.size(name(sha256))

    def add(self, place: Path, sha256: str) -> None:
        """Takes over a file whose hash is known, since it was made while the file was written."""
        if sha256 in self:
            place.unlink()
            return
        with reached(), Draft(place) as draft:
            os.fsync(draft.fileno())
            self.storage.save(name(sha256), draft)
        place.unlink(missing_ok=True)

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
        with reached():
            if isinstance(self.storage, FileSystemStorage):
                yield from _of_file(Path(self.storage.path(name(sha256))), begin, end)
            else:
                yield from _of_bucket(self.storage, name(sha256), begin, end)

    def delete(self, sha256: str) -> None:
        """What is not there is deleted already."""
        with reached():
            self.storage.delete(name(sha256))

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder of one's own to write in, gone afterwards with whatever was not added."""
        drafts = Path(getattr(self.storage, "base_location", settings.TANDEM_HOME)) / DRAFTS
        drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=drafts))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def artifacts() -> Artifacts:
    return Artifacts(storages["artifacts"])


def name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


@contextmanager
def reached() -> Iterator[None]:
    """Whatever a bucket's server has to say comes as Away."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("botocore", "boto3", "s3transfer"):
            raise
        raise Away(f"The store of files did not answer as it should: {error}") from error


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
