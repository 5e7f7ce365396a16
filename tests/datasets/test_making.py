"""A snapshot on its way: made, cancelled, killed, taken up again; and the command that makes one."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.datasets import files, making
from labeling.datasets.artifacts import artifacts
from labeling.datasets.beating import alive
from labeling.datasets.models import Snapshot, Stopped
from labeling.datasets.models.snapshot import LEASE, MAX_TRIES
from labeling.projects.models import Axis, Project
from labeling.stack import REPOSITORY
from tests.datasets.drawing import wanted
from tests.people import join, make_project
from tests.processes import wait_until
from tests.quality.judging import compared, judged


@pytest.fixture
def project(alice) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    for number in range(6):
        own = judged(compared(alice, project), alice, 1 + number % 4, kind="author")
    judged(own.comparison, join("first", "carol@example.org"), -1)
    return project


@pytest.fixture
def snapshot(project) -> Snapshot:
    return Snapshot.objects.ask(project, wanted(project).kept())


def state(snapshot: Snapshot) -> str:
    snapshot.refresh_from_db()
    return str(snapshot.state)


def abandoned(snapshot: Snapshot) -> None:
    """By whoever was at it, longer ago than they may be silent."""
    Snapshot.objects.filter(pk=snapshot.pk).update(beat_at=timezone.now() - LEASE - timedelta(seconds=1))


def test_it_becomes_ready_with_its_files(snapshot):
    making.make_due()
    assert state(snapshot) == "ready"
    assert snapshot.artifact in artifacts() and snapshot.counts["helpfulness"]["train"]["preferences"] == 7
    assert files.manifest_of(snapshot)["members"] == snapshot.digest
    assert not making.make(snapshot)


def test_made_again_it_is_the_same_to_the_byte(snapshot, project):
    other = Snapshot.objects.ask(project, wanted(project).kept())
    making.make_due()
    assert state(snapshot) == state(other) == "ready"
    assert snapshot.artifact == other.artifact


def test_two_workers_do_not_make_it_at_once(snapshot):
    assert snapshot.begin()
    assert not Snapshot.objects.get().begin()
    abandoned(snapshot)
    later = Snapshot.objects.get()
    assert later.begin()
    with pytest.raises(Stopped):
        snapshot.beat(1, 2)
    assert not snapshot.finish("0" * 64, 1.0)
    snapshot.fail("The first one comes back.")
    assert state(later) == "counting"


def test_cancelled_while_it_is_written_nothing_of_it_is_ready(snapshot, monkeypatch):
    beat = Snapshot.beat

    def cancelled(self, done: int, total: int) -> None:
        if self.state == "writing":
            Snapshot.objects.get().cancel()
        beat(self, done, total)

    monkeypatch.setattr(Snapshot, "beat", cancelled)
    making.make(snapshot)
    assert state(snapshot) == "cancelled" and not snapshot.artifact
    monkeypatch.undo()
    members = list(snapshot.members.values_list("judgement", flat=True))
    assert snapshot.try_again()
    making.make_due()
    assert state(snapshot) == "ready"
    assert list(snapshot.members.values_list("judgement", flat=True)) == members


def test_a_full_disk_is_told_and_it_may_be_tried_again(snapshot, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labeling.datasets.files.rows", full)
    making.make(snapshot)
    assert state(snapshot) == "failed" and "No space left on device" in snapshot.error
    monkeypatch.undo()
    assert snapshot.try_again()
    making.make_due()
    assert state(snapshot) == "ready"


def test_what_nobody_foresaw_is_noted_and_the_next_one_is_made(snapshot, project, monkeypatch):
    other = Snapshot.objects.ask(project, wanted(project, "majority").kept())
    write = files.write

    def breaks(one: Snapshot, beat) -> str:
        if one.number == 1:
            raise ZeroDivisionError
        return write(one, beat)

    monkeypatch.setattr("labeling.datasets.files.write", breaks)
    making.make_due()
    assert state(snapshot) == "failed" and "nobody foresaw" in snapshot.error
    assert state(other) == "ready"


def test_after_three_workers_died_of_it_somebody_is_asked(snapshot):
    for _ in range(MAX_TRIES):
        assert snapshot.begin()
        abandoned(snapshot)
    assert not snapshot.begin()
    assert state(snapshot) == "failed" and "ended 3 times" in snapshot.error
    assert snapshot.try_again() and snapshot.begin()


KILLED = """
import os, signal, sys
import django
django.setup()
from labeling.datasets import making
from labeling.datasets.models import Snapshot
beat = Snapshot.beat
def slow(self, done, total):
    beat(self, done, total)
    if self.state == "writing":
        print("writing", flush=True)
        sys.stdin.read()
Snapshot.beat = slow
making.make(Snapshot.objects.get())
"""


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_in_the_middle_leaves_nothing_ready_and_another_one_goes_on(snapshot, settings):
    database = settings.DATABASES["default"]
    where = {"host": database["HOST"], "port": database["PORT"] or 5432, "user": database["USER"]}
    url = f"postgresql:///{database['NAME']}?" + "&".join(f"{name}={value}" for name, value in where.items())
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "labeling.settings"}
    command = [sys.executable, "-c", KILLED]
    worker = subprocess.Popen(
        command, cwd=REPOSITORY, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout and worker.stdout.readline() == "writing\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert state(snapshot) == "writing" and not snapshot.artifact and snapshot.digest
    making.make_due()
    assert state(snapshot) == "writing"  # it may be alive, for all that anybody knows
    abandoned(snapshot)
    making.make_due()
    assert state(snapshot) == "ready" and snapshot.attempt == 2
    other = Snapshot.objects.ask(snapshot.project, snapshot.wanted)
    making.make_due()
    assert state(other) == "ready" and other.artifact == snapshot.artifact


@pytest.mark.django_db(transaction=True)
def test_it_beats_while_one_step_takes_long(snapshot):
    assert snapshot.begin()
    began = snapshot.beat_at
    with alive(partial(making.heard_of, snapshot), 0.05):
        wait_until(lambda: Snapshot.objects.get().beat_at > began)


def command(**options) -> str:
    out = StringIO()
    call_command("snapshot", project="help", stdout=out, **options)
    return out.getvalue()


def test_the_command_makes_one_and_copies_its_files(project, tmp_path):
    said = command(out=tmp_path / "data", aggregation="majority", margin="large", config=["helpfulness"])
    assert "Helpfulness: 7 judgements, 5 preferences, 0 held out, 2 left out" in said
    assert "2 of a pair on which people are evenly divided" in said and "provisional" in said
    assert (tmp_path / "data" / "manifest.json").is_file() and (tmp_path / "data" / "README.md").is_file()
    assert list((tmp_path / "data").rglob("*.jsonl"))
    snapshot = Snapshot.objects.get()
    assert snapshot.state == "ready" and snapshot.made_by is None and snapshot.wanted["margins"]["4"] == 3.0


def test_the_command_says_where_nobody_has_judged_anything(alice):
    make_project("idle", (Axis.HELPFULNESS,), cohort="nobody")
    out = StringIO()
    call_command("snapshot", project="idle", stdout=out)
    assert "Nobody has judged any of it yet: its files have no rows." in out.getvalue()


def test_the_command_takes_every_limit(project, tmp_path):
    terms = {"round": [1], "cohort": ["first"], "language": ["en"], "degree": [2, 3], "kind": ["author"]}
    command(**terms, reviewed=True, max_tokens=1024, margins=[4, 3, 2, 1], first_day=timezone.now().date())
    asked = Snapshot.objects.get().wanted
    assert asked["filters"]["rounds"] == [1] and asked["filters"]["degrees"] == [2, 3] and asked["filters"]["reviewed"]
    assert asked["margins"] == {"1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0} and asked["max_tokens"] == 1024


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"project": "nope"}, "There is no project nope. Projects here: help."),
        ({"cohort": ["x"]}, "No cohort of the project is called x. Cohorts: first."),
        ({"axis": ["safety"]}, "Help is not judged for that."),
    ],
)
def test_the_command_says_what_is_wrong(project, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("snapshot", **{"project": "help", **options})
    assert not Snapshot.objects.exists()


def test_the_command_overwrites_nothing(project, tmp_path):
    with pytest.raises(CommandError, match="is there already"):
        command(out=tmp_path)


def test_the_command_copies_into_a_folder_whose_name_is_no_text(project, tmp_path):
    place, out = tmp_path / os.fsdecode(b"of \xff"), StringIO()
    call_command("snapshot", project="help", out=place, stdout=out)
    assert (place / "README.md").exists() and "of \ufffd" in out.getvalue()
