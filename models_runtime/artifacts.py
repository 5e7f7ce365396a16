"""The store of files that both sides share, as a worker sees it: bytes kept by their sha256, verified on reading.

ARTIFACT_URL says where: a folder, or `s3://BUCKET/FOLDER?endpoint=https://HOST&region=REGION`. The layout is that of
`labeling.datasets.artifacts`: what is kept under a hash stands in a folder of its first two digits, whole or not at
all, and never changes.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, urlsplit

from models_runtime.engine import EngineError
from models_runtime.model_folders import folders

PORTION = 1 << 20  # bytes
DRAFTS = ".drafts"
MANIFEST = "manifest.json"


class Store(Protocol):
    """Where the bytes are. What cannot be reached is an EngineError."""

    def has(self, name: str) -> bool: ...

    def open(self, name: str) -> BinaryIO: ...

    def put(self, name: str, file: Path) -> None: ...


class Artifacts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def fetch(self, sha256: str, place: Path) -> None:
        """Into a new file, which is there only if it is what it was."""
        digest = hashlib.sha256()
        with _reached(), closing(self._store.open(_name(sha256))) as kept, place.open("wb") as file:
            while portion := kept.read(PORTION):
                digest.update(portion)
                file.write(portion)
        if digest.hexdigest() != sha256:
            place.unlink()
            raise EngineError(f"The file {sha256} in the store (ARTIFACT_URL) is damaged.", permanent=True)

    def read(self, sha256: str) -> bytes:
        """A small one, whole."""
        with tempfile.TemporaryDirectory() as folder:
            self.fetch(sha256, Path(folder) / "file")
            return (Path(folder) / "file").read_bytes()

    def manifest(self, sha256: str) -> dict[str, Any]:
        """What names the files of a data set or of a checkpoint."""
        about: dict[str, Any] = json.loads(self.read(sha256))
        return about

    def add(self, file: Path) -> str:
        """A copy of it; the same bytes are kept once. Its sha256."""
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        if not self._store.has(_name(sha256)):
            self._store.put(_name(sha256), file)
        return sha256

    def add_folder(self, folder: Path, about: dict[str, Any]) -> str:
        """All its files, and last a manifest that names them: whoever is killed before that has left nothing that
        anybody takes for a checkpoint. The manifest's sha256."""
        places = sorted(place for place in folder.rglob("*") if place.is_file() and place.name != MANIFEST)
        files = [
            {"path": place.relative_to(folder).as_posix(), "bytes": place.stat().st_size, "sha256": self.add(place)}
            for place in places
        ]
        said = json.dumps({**about, "files": files}, indent=2, ensure_ascii=False) + "\n"
        (folder / MANIFEST).write_text(said)
        return self.add(folder / MANIFEST)

    def fetch_folder(self, sha256: str, folder: Path) -> None:
        """The files that a manifest names, below `folder`."""
        for file in self.manifest(sha256)["files"]:
            place = folder / file["path"]
            if not place.resolve().is_relative_to(folder.resolve()):
                raise EngineError(f"The manifest {sha256} names a file outside its own folder.", permanent=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            self.fetch(file["sha256"], place)


class Folder:
    """A folder that this worker and the web side both see."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, name: str) -> bool:
        return (self._root / name).is_file()

    def open(self, name: str) -> BinaryIO:
        try:
            return (self._root / name).open("rb")
        except FileNotFoundError as error:
            raise EngineError(
                f"The store of files ({self._root}) holds nothing under {name}. The worker must see the same "
                "ARTIFACT_URL as the web side.",
                permanent=True,
            ) from error

    def put(self, name: str, file: Path) -> None:
        """Copied beside its place, then moved there. It is locked meanwhile: what a killed worker leaves there is taken
        away by the web side, which knows it by that."""
        drafts, target = self._root / DRAFTS, self._root / name
        for folder in (drafts, target.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(dir=drafts)
        try:
            with os.fdopen(number, "wb") as copy:
                fcntl.flock(copy, fcntl.LOCK_EX)
                with file.open("rb") as source:
                    shutil.copyfileobj(source, copy, PORTION)
                copy.flush()
                os.fsync(copy.fileno())
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)


class Bucket:
    """A bucket of a server that speaks S3; its keys are where boto3 looks for them."""

    def __init__(self, url: str) -> None:
        import boto3
        from botocore.config import Config

        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        place = {"endpoint_url": asked.get("endpoint"), "region_name": asked.get("region")}
        self._client = boto3.client("s3", **place, config=Config(signature_version="s3v4"))
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")

    def has(self, name: str) -> bool:
        with _reached():
            found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._key(name), MaxKeys=1)
        return any(one["Key"] == self._key(name) for one in found.get("Contents", ()))

    def open(self, name: str) -> BinaryIO:
        with _reached():
            opened: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"]
            return opened

    def put(self, name: str, file: Path) -> None:
        with _reached():
            self._client.upload_file(str(file), self._bucket, self._key(name))

    def _key(self, name: str) -> str:
        return "/".join(filter(None, (self._prefix, name)))


def artifacts() -> Artifacts:
    """The store that ARTIFACT_URL names; by default the folder beside that of the models."""
    url = os.environ.get("ARTIFACT_URL") or str(folders()[0].parent / "artifacts")
    return Artifacts(Bucket(url) if url.startswith("s3://") else Folder(Path(url)))


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


@contextmanager
def _reached() -> Iterator[None]:
    """Whatever the server of a bucket has to say comes as an EngineError."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("botocore", "boto3", "s3transfer"):
            raise
        raise EngineError(f"The store of files (ARTIFACT_URL) did not answer as it should: {error}.") from error
