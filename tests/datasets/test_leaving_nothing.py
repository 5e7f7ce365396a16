"""A snapshot that is cancelled, or for which there is no room, leaves nothing in the store: it would be in no list, so
that nobody could erase it."""

import errno
from pathlib import Path

import pytest

from labeling.datasets import files, making
from labeling.datasets.artifacts import Artifacts, artifacts
from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import wanted
from tests.datasets.test_files import store
from tests.people import make_project
from tests.quality.judging import compared, judged

__all__ = ["store"]


@pytest.fixture
def project(alice, store) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    judged(compared(alice, project), alice, 3, kind="author")
    return project


@pytest.fixture
def other(project) -> set[str]:
    """The files of another snapshot, some of which the one below has as well."""
    made = Snapshot.objects.ask(project, wanted(project).kept())
    making.make_due()
    made.refresh_from_db()
    names = {made.artifact, *(name for _, name in files.named(files.manifest_of(made)))}
    assert there() == names
    return names


@pytest.fixture
def snapshot(other, project) -> Snapshot:
    return Snapshot.objects.ask(project, wanted(project, margins=None).kept())


def there() -> set[str]:
    return {place.name for place in Path(artifacts().storage.location).glob("??/*")}


def made(snapshot: Snapshot) -> str:
    making.make(snapshot)
    snapshot.refresh_from_db()
    return str(snapshot.state)


def test_one_that_is_cancelled_while_its_files_are_put_there(snapshot, other, monkeypatch):
    beat = Snapshot.beat

    def cancelled(self, done: int, total: int) -> None:
        if there() > other:
            Snapshot.objects.get(pk=self.pk).cancel()
        beat(self, done, total)

    monkeypatch.setattr(Snapshot, "beat", cancelled)
    assert made(snapshot) == "cancelled" and there() == other


def test_one_that_is_cancelled_when_all_of_them_have_just_been_put_there(snapshot, other, monkeypatch):
    finish = Snapshot.finish

    def cancelled(self, artifact: str, seconds: float) -> bool:
        assert artifact in there()
        Snapshot.objects.get(pk=self.pk).cancel()
        return finish(self, artifact, seconds)

    monkeypatch.setattr(Snapshot, "finish", cancelled)
    assert made(snapshot) == "cancelled" and there() == other


def test_one_for_the_last_of_which_there_is_no_room(snapshot, other, monkeypatch):
    add = Artifacts.add

    def full(self, place: Path, sha256: str) -> None:
        if place.name == files.MANIFEST:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, place, sha256)

    monkeypatch.setattr(Artifacts, "add", full)
    assert made(snapshot) == "failed" and there() == other


def test_what_somebody_else_makes_by_now_stays_for_them(snapshot, other, monkeypatch):
    beat = Snapshot.beat

    def lost(self, done: int, total: int) -> None:
        if there() > other:
            Snapshot.objects.filter(pk=self.pk).update(attempt=self.attempt + 1)
        beat(self, done, total)

    monkeypatch.setattr(Snapshot, "beat", lost)
    assert made(snapshot) == "writing" and there() > other
