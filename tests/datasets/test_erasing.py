"""Taking back what has left: who has withdrawn, which snapshots hold it, and what was trained on them."""

import pytest
from django.test import Client

from labeling.audit.models import Event
from labeling.cohorts.models import Withdrawal
from labeling.datasets import erasing, files, making
from labeling.datasets.artifacts import artifacts
from labeling.datasets.models import NotNow, Push, Snapshot
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import counted, wanted
from tests.datasets.test_pages import words
from tests.people import make_project, manage
from tests.quality.judging import compared, judged

DATA = "/projects/help/data/"


@pytest.fixture
def project(alice, manager) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    manage(project, manager)
    judged(compared(alice, project), alice, 3, kind="author")
    return project


@pytest.fixture
def client(project, manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def ready(project: Project, **terms) -> Snapshot:
    snapshot = Snapshot.objects.ask(project, wanted(project, **terms).kept())
    making.make(snapshot)
    snapshot.refresh_from_db()
    assert snapshot.state == "ready"
    return snapshot


def test_erased_its_files_are_gone_and_manifest_and_hashes_stay(client, project, manager):
    snapshot = ready(project)
    named = dict(files.named(files.manifest_of(snapshot)))
    client.post(f"{DATA}1/use/", {"name": "reward-1"})
    assert "reward-1" in words(client.get(f"{DATA}1/"))
    client.post(f"{DATA}1/erase/", {"why": "Alice asked for it."})
    snapshot.refresh_from_db()
    assert snapshot.state == "erased" and snapshot.erased_by == manager
    assert not any(name in artifacts() for name in named.values())
    assert dict(files.named(files.manifest_of(snapshot))) == named
    page = words(client.get(f"{DATA}1/"))
    assert "Alice asked for it." in page and snapshot.artifact in page and "reward-1" in page
    assert "Snapshot erased" in words(client.get("/projects/help/history/"))
    assert Event.objects.filter(kind="datasets.use").count() == 1


def test_what_another_snapshot_has_as_well_is_kept_for_it(project, manager):
    one, other = ready(project), ready(project)
    erasing.erase(one, manager, "Twice.")
    assert all(name in artifacts() for _, name in files.named(files.manifest_of(other)))


def test_erased_twice_is_erased_once_and_what_was_left_is_deleted(project, manager):
    snapshot = ready(project)
    erasing.erase(snapshot, manager, "Why not.")
    erased_at = snapshot.erased_at
    erasing.erase(snapshot, manager, "Again.")
    snapshot.refresh_from_db()
    assert (snapshot.erased_at, snapshot.why_erased) == (erased_at, "Why not.")


def test_without_files_or_a_reason_nothing_is_erased(client, project, manager):
    with pytest.raises(NotNow):
        erasing.erase(counted(project), manager, "Why not.")
    snapshot = ready(project)
    client.post(f"{DATA}{snapshot.number}/erase/", {"why": " "})
    snapshot.refresh_from_db()
    assert snapshot.state == "ready"


def test_the_page_names_snapshots_models_and_hubs_that_hold_what_was_withdrawn(client, project, alice):
    assert "Nobody whose judgements are in a snapshot has withdrawn." in words(client.get(f"{DATA}withdrawn/"))
    first = ready(project)
    client.post(f"{DATA}1/use/", {"name": "reward-1"})
    for _ in range(2):
        Push.objects.begin(first, "annas/preferences", private=True).finish("https://hub.example.org")
    Push.objects.begin(first, "annas/refused", private=True).fail("This token may not write there.")
    Withdrawal.objects.begin(alice)
    ready(project)
    (gone,) = erasing.withdrawn(project)
    assert [(held.uses, held.hubs) for held in gone.held] == [(["reward-1"], ["annas/preferences"])]
    assert (gone.annotator, [held.number for held in gone.held]) == (alice.pseudonym, [first.number])
    page = words(client.get(f"{DATA}withdrawn/"))
    assert "reward-1" in page and "annas/preferences" in page and "annas/refused" not in page
    assert "still there" in page and alice.name not in page
    client.post(f"{DATA}1/erase/", {"why": "Alice asked for it."})
    assert "still there" not in words(client.get(f"{DATA}withdrawn/"))


def test_a_use_is_noted_once_and_needs_a_name(client, project):
    ready(project)
    for name in ("reward-1", "reward-1", " "):
        client.post(f"{DATA}1/use/", {"name": name})
    assert [use.name for use in Snapshot.objects.get().uses.all()] == ["reward-1"]
