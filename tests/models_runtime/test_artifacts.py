"""The store of files as a worker sees it: the same as the web side's, in a folder or in a bucket."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from runtime_harness import REPOSITORY

from labeling.datasets.artifacts import Artifacts as WebSide
from labeling.store import storage
from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.engine import EngineError

WHOLE = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture(scope="module")
def bucket():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="tandem")
        yield f"s3://tandem/files?endpoint={endpoint}&region=us-east-1"
        server.stop()


@pytest.fixture(params=["folder", "bucket"])
def address(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = str(tmp_path / "artifacts") if request.param == "folder" else request.getfixturevalue("bucket")
    monkeypatch.setenv("ARTIFACT_URL", url)
    return url


@pytest.fixture
def store(address: str) -> Artifacts:
    return artifacts()


def written(folder: Path, name: str = "file", whole: bytes = WHOLE) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(whole)
    return folder / name


def web_side(address: str) -> WebSide:
    from django.core.files.storage.handler import StorageHandler

    return WebSide(StorageHandler({"artifacts": storage(address)})["artifacts"])


def test_what_a_worker_adds_the_web_side_reads(store: Artifacts, address: str, tmp_path: Path):
    assert store.add(written(tmp_path)) == store.add(written(tmp_path, "again")) == SHA256
    assert b"".join(web_side(address).read(SHA256)) == WHOLE


def test_what_the_web_side_adds_a_worker_reads(store: Artifacts, address: str, tmp_path: Path, settings):
    settings.TANDEM_HOME = tmp_path
    with web_side(address).draft() as folder:
        web_side(address).add(written(folder), SHA256)
    store.fetch(SHA256, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == WHOLE == store.read(SHA256)


def test_a_folder_comes_back_as_it_was(store: Artifacts, tmp_path: Path):
    written(tmp_path / "model", "config.json", b"{}")
    written(tmp_path / "model", "more/weights", WHOLE)
    sha256 = store.add_folder(tmp_path / "model", {"kind": "a model"})
    assert store.manifest(sha256)["kind"] == "a model"
    (tmp_path / "back").mkdir()
    store.fetch_folder(sha256, tmp_path / "back")
    assert (tmp_path / "back" / "config.json").read_bytes() == b"{}"
    assert (tmp_path / "back" / "more" / "weights").read_bytes() == WHOLE


def test_a_manifest_leads_out_of_no_folder(store: Artifacts, tmp_path: Path):
    inside = store.add(written(tmp_path))
    line = f'{{"files": [{{"path": "../out", "sha256": "{inside}"}}]}}'
    manifest = store.add(written(tmp_path, "manifest", line.encode()))
    (tmp_path / "back").mkdir()
    with pytest.raises(EngineError, match="outside its own folder"):
        store.fetch_folder(manifest, tmp_path / "back")
    assert not (tmp_path / "out").exists()


def test_what_is_damaged_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARTIFACT_URL", str(tmp_path / "artifacts"))
    store = artifacts()
    store.add(written(tmp_path))
    (tmp_path / "artifacts" / SHA256[:2] / SHA256).write_bytes(WHOLE[:-1])
    with pytest.raises(EngineError, match="is damaged"):
        store.fetch(SHA256, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_what_is_not_there_is_said(store: Artifacts, tmp_path: Path):
    with pytest.raises(EngineError, match="ARTIFACT_URL"):
        store.fetch("0" * 64, tmp_path / "fetched")


def test_a_server_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("ARTIFACT_URL", "s3://tandem/files?endpoint=http://127.0.0.1:1&region=us-east-1")
    with pytest.raises(EngineError, match="did not answer as it should") as refusal:
        artifacts().add(written(tmp_path))
    assert not refusal.value.permanent


def test_what_a_worker_writes_is_left_alone_and_what_a_killed_one_has_left_is_swept(tmp_path: Path):
    """Its source is a pipe, so that it is in the middle of writing for as long as we want."""
    place, pipe = tmp_path / "artifacts", tmp_path / "pipe"
    os.mkfifo(pipe)
    code = "import sys; from pathlib import Path; from models_runtime.artifacts import Folder; "
    code += "Folder(Path(sys.argv[1])).put('ab/abc', Path(sys.argv[2]))"
    writer = subprocess.Popen([sys.executable, "-c", code, str(place), str(pipe)], cwd=REPOSITORY)
    with pipe.open("wb"):
        [draft] = (place / ".drafts").iterdir()
        os.utime(draft, (0, 0))
        web_side(str(place)).sweep()
        assert draft.exists()
        writer.kill()
        writer.wait()
    web_side(str(place)).sweep()
    assert not draft.exists()
