"""Files of a snapshot are fetched by those who manage its project: whole, in parts, and not again."""

import asyncio
import base64
import re
from pathlib import Path

import pytest
from django.test import AsyncClient

from labeling.audit.models import Event
from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.datasets import files, ranges
from labeling.datasets.artifacts import artifacts, name
from tests.datasets.drawing import counted
from tests.datasets.judging import judge
from tests.datasets.test_files import nobody_asks, store
from tests.people import answer, ask, join, make_project, manage

__all__ = ["store"]
PATH = "helpfulness/train.jsonl"


@pytest.fixture
def snapshot(transactional_db, store):
    alice = join("first", "alice@example.org")
    project = make_project("help", ("helpfulness",))
    manage(project, join("managers", "manager@example.org"))
    manage(make_project("elsewhere", cohort="second"), join("managers", "neighbour@example.org"))
    turn = ask(alice, project)
    answer(turn, "First answer.", "Another one.")
    judge(Assignment.objects.get(comparison__turn=turn))
    snapshot = counted(project)
    snapshot.finish(files.write(snapshot, nobody_asks), 1.0)
    return snapshot


def fetch(snapshot, email="manager@example.org", path=PATH, method="get", **headers):
    """The answer and its whole body."""

    address = f"/streams/projects/{snapshot.project.slug}/data/{snapshot.number}/{path}"
    client = AsyncClient()
    if email:
        client.force_login(Person.objects.get(email=email))

    async def fetched():
        answer = await getattr(client, method)(address, headers=headers)
        if method == "head":  # whose body the client takes away itself
            return answer, b"".join(answer.streaming_content)
        parts = answer.streaming_content if answer.streaming else None
        return answer, b"".join([part async for part in parts]) if parts else answer.content

    return asyncio.run(fetched())


def whole_of(snapshot, path=PATH):
    name = dict(files.named(files.manifest_of(snapshot)))[path]
    return name, b"".join(artifacts().read(name))


def test_a_file_is_fetched_as_it_is_with_its_hash(snapshot):
    sha256, whole = whole_of(snapshot)
    answer, body = fetch(snapshot)
    assert (answer.status_code, body) == (200, whole)
    assert answer["ETag"] == f'"{sha256}"'
    assert base64.b64decode(answer["Repr-Digest"].split(":")[1]).hex() == sha256
    assert answer["Content-Length"] == str(len(whole))
    assert (answer["Content-Type"], answer["Accept-Ranges"]) == ("application/octet-stream", "bytes")
    assert answer["Content-Disposition"] == 'attachment; filename="train.jsonl"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_its_page_leads_to_each_of_its_files(snapshot, client):
    client.force_login(Person.objects.get(email="manager@example.org"))
    page = client.get(f"/projects/{snapshot.project.slug}/data/{snapshot.number}/").content.decode()
    address = f"/streams/projects/{snapshot.project.slug}/data/{snapshot.number}/"
    paths = {path for path, _ in files.named(files.manifest_of(snapshot))} | {files.MANIFEST}
    assert {f"{address}{path}" for path in paths} == set(re.findall(rf'href="({address}[^"]*)"', page))
    assert f"{address}{PATH}" in page


def test_a_file_that_broke_off_goes_on_where_it_was(snapshot):
    sha256, whole = whole_of(snapshot)
    answer, body = fetch(snapshot, **{"Range": "bytes=10-", "If-Range": f'"{sha256}"'})
    assert (answer.status_code, body) == (206, whole[10:])
    assert answer["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    answer, body = fetch(snapshot, **{"Range": "bytes=10-", "If-Range": '"another"'})
    assert (answer.status_code, body) == (200, whole)


def test_a_part_behind_the_end_is_refused(snapshot):
    answer, _ = fetch(snapshot, Range="bytes=1000000-")
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(whole_of(snapshot)[1])}"


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"another", "{}"', "*"])
def test_what_is_there_already_is_not_fetched_again(snapshot, known):
    answer, body = fetch(snapshot, **{"If-None-Match": known.format(whole_of(snapshot)[0])})
    assert (answer.status_code, body) == (304, b"")


def test_who_fetched_which_file_is_told_once_for_all_its_parts(snapshot):
    for part in ("bytes=0-4", "bytes=5-"):
        fetch(snapshot, Range=part)
    fetch(snapshot, path="README.md")
    fetch(snapshot, path="manifest.json", method="head")
    told = Event.objects.filter(kind="datasets.download").order_by("pk")
    manager = Person.objects.get(email="manager@example.org")
    assert [(event.actor, event.after["file"]) for event in told] == [(manager, PATH), (manager, "README.md")]
    assert {(event.project, event.about["number"]) for event in told} == {(snapshot.project, snapshot.number)}


def test_head_says_the_same_without_the_bytes(snapshot):
    answer, body = fetch(snapshot, method="head")
    assert (answer.status_code, body, answer["Content-Length"]) == (200, b"", str(len(whole_of(snapshot)[1])))
    answer, _ = fetch(snapshot, method="head", Range="bytes=10-")  # of parts of which the standard knows nothing
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(whole_of(snapshot)[1])))


def test_a_file_that_is_gone_or_was_cut_off_is_answered_with_what_to_do(snapshot):
    sha256, whole = whole_of(snapshot)
    for spoil in (lambda place: place.write_bytes(whole[:-5]), lambda place: place.unlink()):
        spoil(Path(artifacts().storage.path(name(sha256))))
        answer, body = fetch(snapshot)
        assert answer.status_code == 410
        assert b"Write the files again" in body and b"Back to the snapshot" in body
    assert not Event.objects.filter(kind="datasets.download").exists()
    assert fetch(snapshot, path="README.md")[0].status_code == 200


def test_a_store_that_is_away_is_answered_with_what_to_do_and_its_page_says_it_too(snapshot, client, tmp_path):
    (tmp_path / "artifacts").rename(tmp_path / "elsewhere")
    answer, body = fetch(snapshot)
    assert answer.status_code == 503 and b"Nothing is lost: try again in some minutes" in body
    client.force_login(Person.objects.get(email="manager@example.org"))
    page = client.get(f"/projects/{snapshot.project.slug}/data/{snapshot.number}/")
    assert page.status_code == 200 and b"Nothing is lost: try again in some minutes" in page.content


def test_a_manifest_that_is_damaged_is_told_on_the_page_and_a_new_snapshot_mends_it(snapshot, client):
    Path(artifacts().storage.path(name(snapshot.artifact))).write_bytes(b"{}")
    client.force_login(Person.objects.get(email="manager@example.org"))
    address = f"/projects/{snapshot.project.slug}/data/{snapshot.number}/"
    assert b"is gone from the store" in client.get(address).content
    assert fetch(snapshot)[0].status_code == 410
    assert files.write(counted(snapshot.project), nobody_asks) == snapshot.artifact
    assert b"is gone from the store" not in client.get(address).content
    assert fetch(snapshot)[0].status_code == 200


def test_the_manifest_and_the_card_are_fetched_too(snapshot):
    assert b'"members"' in fetch(snapshot, path="manifest.json")[1]
    assert fetch(snapshot, path="README.md")[1].startswith(b"---\n")


@pytest.mark.parametrize(("email", "status"), [("", 401), ("alice@example.org", 404), ("neighbour@example.org", 404)])
def test_it_is_not_there_for_others(snapshot, email, status):
    """Not even whether it is what they have, or a part of it."""
    name, _ = whole_of(snapshot)
    for headers in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": f'"{name}"'}, {"If-Range": f'"{name}"'}):
        answer, body = fetch(snapshot, email, **headers)
        assert (answer.status_code, body, answer.headers.get("ETag")) == (status, b"", None)


@pytest.mark.parametrize("path", ["nothing", "../secret_key", "helpfulness", "helpfulness/train.jsonl/"])
def test_what_is_no_file_of_it_is_not_there(snapshot, path):
    assert fetch(snapshot, path=path)[0].status_code == 404


def test_what_is_erased_is_not_there(snapshot):
    files.erase(snapshot)
    snapshot.erase(None, "Asked for.")
    assert fetch(snapshot)[0].status_code == 404


@pytest.mark.parametrize(
    ("header", "part"),
    [
        *(("", None), ("bytes=0-0", (0, 1)), ("Bytes=5-", (5, 10)), ("bytes=-3", (7, 10)), ("bytes=-30", (0, 10))),
        *(
            ("bytes=2-100", (2, 10)),
            ("bytes=5-4", None),
            ("bytes=-", None),
            ("bytes=0-1,3-4", None),
            ("lines=1-2", None),
        ),
    ],
)
def test_a_range_is_read_as_the_standard_says(header, part):
    assert ranges.asked(header, 10) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_that_nothing_is_in_is_told(header, size):
    with pytest.raises(ranges.Unsatisfiable):
        ranges.asked(header, size)
