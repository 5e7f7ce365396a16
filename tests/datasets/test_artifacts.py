"""The store of files: a folder, or a bucket of a server that speaks S3."""

import hashlib
from random import Random

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.storage.handler import StorageHandler
from moto.server import ThreadedMotoServer

from labeling.datasets.artifacts import DRAFTS, Artifacts, Away, Damaged, name
from labeling.stack import StackError
from labeling.store import storage

WHOLE = Random(7).randbytes(700_000)
SHA256 = hashlib.sha256(WHOLE).hexdigest()
NOTHING = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def bucket():
    """The address of an empty bucket, of a server in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="tandem")
        yield f"s3://tandem/files?endpoint={endpoint}&region=us-east-1"
        server.stop()


def opened(address):
    return Artifacts(StorageHandler({"artifacts": storage(address)})["artifacts"])


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path, settings):
    settings.TANDEM_HOME = tmp_path
    return opened(str(tmp_path / "artifacts") if request.param == "folder" else request.getfixturevalue("bucket"))


def added(store, whole=WHOLE):
    sha256 = hashlib.sha256(whole).hexdigest()
    with store.draft() as folder:
        (folder / "file").write_bytes(whole)
        store.add(folder / "file", sha256)
    return sha256


def test_what_is_added_is_read_again(store):
    assert added(store) == SHA256
    assert SHA256 in store
    assert store.size(SHA256) == len(WHOLE)
    assert b"".join(store.read(SHA256)) == WHOLE


def test_nothing_at_all_is_kept_too(store):
    assert b"".join(store.read(added(store, b""))) == b""


def test_the_same_bytes_are_kept_once(store):
    assert added(store) == added(store)
    assert store.storage.listdir(SHA256[:2])[1] == [SHA256]


@pytest.mark.parametrize(("begin", "end"), [(0, 1), (5, 5), (262_143, 262_146), (699_999, 700_000), (100, 700_000)])
def test_a_part_is_read_by_itself(store, begin, end):
    added(store)
    assert b"".join(store.part(SHA256, begin, end)) == WHOLE[begin:end]


def test_what_is_damaged_is_never_read_to_its_end(store):
    added(store)
    store.storage.delete(name(SHA256))
    with store.draft() as folder:
        (folder / "file").write_bytes(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]))
        store.add(folder / "file", SHA256)
    read = []
    with pytest.raises(Damaged):
        read.extend(store.read(SHA256))
    assert len(b"".join(read)) < len(WHOLE)
    store.delete(SHA256)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store):
    added(store)
    store.delete(SHA256)
    store.delete(SHA256)
    assert SHA256 not in store


def test_a_draft_leaves_nothing_whatever_becomes_of_it(store, tmp_path):
    with pytest.raises(RuntimeError), store.draft() as folder:
        (folder / "below").mkdir()
        (folder / "below" / "half").write_bytes(WHOLE[:100])
        raise RuntimeError
    (drafts,) = tmp_path.rglob(DRAFTS)
    assert list(drafts.iterdir()) == []


def test_what_is_damaged_is_replaced_by_what_is_added_again(store):
    added(store)
    store.storage.delete(name(SHA256))
    store.storage.save(name(SHA256), ContentFile(WHOLE[:-1]))
    assert not store.is_whole(SHA256)
    assert added(store) == SHA256
    assert store.is_whole(SHA256)
    store.delete(SHA256)


def test_what_is_gone_is_told_apart_from_a_store_that_is_away(store):
    added(store)
    store.delete(SHA256)
    for reading in (store.size, lambda sha256: list(store.read(sha256)), lambda sha256: list(store.part(sha256, 0, 9))):
        with pytest.raises(FileNotFoundError):
            reading(SHA256)


def test_a_folder_that_is_not_there_is_away(tmp_path):
    with pytest.raises(Away, match="is not there"):
        opened(str(tmp_path / "unmounted")).size(SHA256)


def test_the_draft_of_who_was_killed_is_swept_and_of_who_writes_it_is_kept(store, tmp_path, monkeypatch):
    monkeypatch.setattr("labeling.datasets.artifacts.YOUNG", 0.0)
    with store.draft() as mine:
        (mine / "half").write_bytes(b"x")
        left = mine.parent / "left"
        left.mkdir()
        (left / "half").write_bytes(b"x")
        store.sweep()
        assert (mine / "half").exists() and not left.exists()


def test_a_draft_that_was_just_begun_is_left_alone(store):
    store.drafts.mkdir(parents=True, exist_ok=True)
    begun = store.drafts / "begun"
    begun.mkdir()
    store.sweep()
    assert begun.exists()


def test_a_bucket_that_is_not_there_is_told_and_the_draft_is_kept(bucket, tmp_path):
    (tmp_path / "file").write_bytes(WHOLE)
    with pytest.raises(Away, match="did not answer"):
        opened(bucket.replace("tandem", "other")).add(tmp_path / "file", SHA256)
    assert (tmp_path / "file").read_bytes() == WHOLE


def test_a_server_that_is_away_is_told(bucket):
    with pytest.raises(Away):
        opened("s3://tandem?endpoint=http://127.0.0.1:1&region=us-east-1").size(SHA256)


@pytest.mark.parametrize(
    "address",
    [
        "http://host/bucket",
        "s3://",
        "s3://bucket?endpoint=http://far.example.org",
        "s3://bucket?acl=public",
        "s3://k:s@b",
    ],
)
def test_an_address_that_would_not_do_is_refused(address):
    with pytest.raises(StackError, match="ARTIFACT_URL"):
        storage(address)


def test_files_of_a_folder_are_for_their_owner_alone(tmp_path):
    store = opened(str(tmp_path / "artifacts"))
    added(store)
    place = tmp_path / "artifacts" / name(SHA256)
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_installation_has_a_store(settings):
    assert "artifacts" in settings.STORAGES
    assert storages["artifacts"].location == settings.STORAGES["artifacts"]["OPTIONS"]["location"]
