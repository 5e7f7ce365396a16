"""Files that the store has lost are written again, and are what they were, or it is said that they are not."""

from pathlib import Path

import pytest

from labeling.datasets import erasing, files, making
from labeling.datasets.artifacts import artifacts, name
from labeling.datasets.models import Snapshot
from labeling.datasets.models.snapshot import MAX_TRIES
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import counted, wanted
from tests.datasets.test_files import store
from tests.people import make_project, manage
from tests.projects.pages import words
from tests.quality.judging import compared, judged

__all__ = ["store"]
PAGE = "/projects/help/data/1/"
ROWS = "helpfulness/train.jsonl"


@pytest.fixture
def project(alice, manager, store) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    manage(project, manager)
    judged(compared(alice, project), alice, 3, kind="author")
    return project


@pytest.fixture
def snapshot(project) -> Snapshot:
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    making.make_due()
    return Snapshot.objects.get(pk=snapshot.pk)


@pytest.fixture
def managed(client, manager):
    client.force_login(manager)
    return client


def place(sha256: str) -> Path:
    return Path(artifacts().storage.path(name(sha256)))


def place_of(snapshot: Snapshot, path: str) -> Path:
    return place(dict(files.named(files.manifest_of(snapshot)))[path])


def made(snapshot: Snapshot) -> Snapshot:
    making.make_due()
    return Snapshot.objects.get(pk=snapshot.pk)


@pytest.fixture
def another_version(monkeypatch):
    """Its card says something else."""
    card = files.card
    monkeypatch.setattr(files, "card", lambda about: f"{card(about)}\nNew.\n")


def test_from_its_page_all_are_back_to_the_byte(snapshot, managed, alice):
    before = {place: place.read_bytes() for place in Path(artifacts().storage.location).rglob("*") if place.is_file()}
    for one in before:
        one.unlink()
    judged(compared(alice, snapshot.project), alice, 1, kind="author")  # later, and not in it
    assert "Write the files again" in words(managed.get(PAGE))
    managed.post(f"{PAGE}again/")
    assert "It waits for the worker" in words(managed.get(PAGE))
    again = made(snapshot)
    assert (again.state, again.artifact, again.ready_at) == ("ready", snapshot.artifact, snapshot.ready_at)
    assert {place: place.read_bytes() for place in before} == before
    page = words(managed.get(PAGE))
    assert "Write the files again" not in page and ROWS in page


def test_one_that_is_damaged_is_replaced(snapshot):
    lost = place_of(snapshot, ROWS)
    whole = lost.read_bytes()
    lost.write_bytes(b"{}")
    assert snapshot.try_again()
    assert made(snapshot).error == ""
    assert lost.read_bytes() == whole


def test_what_comes_out_as_it_was_is_put_back_though_another_version_writes_another_card(snapshot, another_version):
    lost, card = place_of(snapshot, ROWS), place_of(snapshot, "README.md").read_bytes()
    lost.unlink()
    assert snapshot.try_again()
    again = made(snapshot)
    assert (again.state, again.error, again.artifact) == ("ready", "", snapshot.artifact)
    assert lost.exists() and place_of(snapshot, "README.md").read_bytes() == card


def test_what_does_not_come_out_as_it_was_is_named_and_the_rest_is_put_back(snapshot, managed, another_version):
    rows, card = place_of(snapshot, ROWS), place_of(snapshot, "README.md")
    rows.unlink()
    card.unlink()
    managed.post(f"{PAGE}again/")
    again = made(snapshot)
    assert again.state == "ready" and rows.exists() and not card.exists()
    page = words(managed.get(PAGE))
    assert "this is not what was recorded, and its sha256 is another one: README.md." in page
    assert "All others are there." in page


def test_without_its_manifest_another_version_puts_nothing_in_its_place(snapshot, managed, another_version):
    kept = place_of(snapshot, ROWS)
    place(snapshot.artifact).unlink()
    managed.post(f"{PAGE}again/")
    again = made(snapshot)
    assert (again.state, again.artifact) == ("ready", snapshot.artifact) and kept.exists()
    page = words(managed.get(PAGE))
    assert "its sha256 is another one: manifest.json." in page and "Nothing was put in its place." in page
    assert "Write the files again" in page


@pytest.mark.parametrize("when", ["waiting", "writing"])
def test_cancelled_it_is_what_it_was(snapshot, when):
    assert snapshot.try_again()
    again = Snapshot.objects.get()
    assert when == "waiting" or again.begin()
    assert again.cancel()
    if when == "writing":
        again.stop()
    again.refresh_from_db()
    assert (again.state, again.artifact) == ("ready", snapshot.artifact)
    assert again.try_again() and made(snapshot).state == "ready"


def test_workers_that_die_of_it_leave_what_there_was(snapshot):
    assert snapshot.try_again()
    Snapshot.objects.update(tries=MAX_TRIES)
    again = made(snapshot)
    assert again.state == "ready" and "The worker ended" in again.error


def test_while_it_is_written_again_another_one_with_the_same_files_may_be_erased(snapshot, project):
    other = counted(project)
    assert other.finish(files.write(other, lambda *_: None), 1.0)
    assert snapshot.try_again()
    erasing.erase(other, None, "Asked for.")
    assert place_of(snapshot, ROWS).exists()
    assert made(snapshot).state == "ready"


def test_nobody_writes_again_what_was_erased(snapshot, managed):
    erasing.erase(snapshot, None, "Asked for.")
    assert not snapshot.try_again()
    assert "it was erased" in words(managed.post(f"{PAGE}again/", follow=True))
