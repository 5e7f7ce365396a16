"""A filled installation into one file and back: all of it, as it was at one moment, or nothing."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse

from labeling import backup as backups
from labeling.archive import ArchiveError
from labeling.backup import backup
from labeling.cohorts.models import Cohort, Membership, Person
from labeling.embedded import Database
from labeling.exams.models import Qualification
from labeling.projects.models import Project
from labeling.restore import checked
from labeling.schema import UNKEPT, Raw, tables
from labeling.stack import REPOSITORY, addresses, sockets
from tests.comparisons.pages import judge
from tests.datasets.imports.files import check, send
from tests.people import answer, ask, join, make_project, manage
from tests.processes import wait_until
from tests.stack.machine import Machine


@pytest.fixture
def other() -> Iterator[Machine]:
    """Another installation, with nothing in it."""
    machine = Machine(Path(tempfile.mkdtemp(prefix="tandem-run-")))
    yield machine
    Database(machine.home, sockets(machine.home)).stop()
    shutil.rmtree(machine.home, ignore_errors=True)


@pytest.fixture
def artifacts(tmp_path) -> Path:
    folder = tmp_path / "artifacts"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "abcd.jsonl").write_bytes(os.urandom(300_000))
    (folder / "empty").write_bytes(b"")
    (folder / ".half-written").write_bytes(b"no artifact yet")
    return folder


@pytest.fixture
def filled(transactional_db, client, tmp_path) -> None:
    """People, a judged pair, one judged elsewhere, a file that is checked only, and changes that were noted."""
    alice, maria = join("first", "alice@example.org"), join("managers", "maria@example.org")
    project = make_project()
    manage(project, maria)
    answer(ask(alice, project, "Why?\t\\N \\. “quoted”\n\x01 🙂"))
    client.force_login(alice)
    for assignment in alice.assignments.all():
        assert judge(client, assignment).status_code == 200
    brought_in(tmp_path / "pairs.jsonl", project)
    client.force_login(maria)
    url = reverse("imports", args=[project.slug])
    columns = {"axis": "helpfulness", "verdict_all": "first", "first": "chosen", "second": "rejected"}
    half = send(client, url, b'{"chosen": "A.", "rejected": ""}\n', "half.jsonl")
    assert check(client, half, **columns).state == "checked"
    client.force_login(alice)


def brought_in(path: Path, project: Project) -> None:
    """One row that fits and one that does not."""
    row = {"prompt": "Why?\t\\N \\.", "chosen": "“So.”", "rejected": "🙂", "annotator": "w1", "language": "de"}
    path.write_text("".join(f"{json.dumps(one)}\n" for one in (row, {**row, "rejected": ""})))
    call_command("import_comparisons", path, project=project.slug, axis="safety", leave_out=True, stdout=io.StringIO())


def contents(database: Raw) -> dict[str, list[str]]:
    kept = [name for name in tables(database) if name not in UNKEPT]
    return {name: sorted(row[0] for row in database.execute(f"SELECT t::text FROM {name} t")) for name in kept}  # noqa: S608


def here() -> dict[str, list[str]]:
    with backups.own_connection() as database:
        return contents(database)


def there(machine: Machine) -> dict[str, list[str]]:
    Database(machine.home, sockets(machine.home)).start()
    with psycopg.connect(machine.database()) as database:
        found = contents(database)
        database.execute("INSERT INTO cohorts_cohort (name, languages) VALUES ('next in line', '{}')")  # is rolled back
        triggers = database.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        assert triggers.fetchone()[0] > 50
        database.rollback()
    Database(machine.home, sockets(machine.home)).stop()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def forged(path: Path, **changed: object) -> Path:
    """The same backup with another manifest."""
    other = path.with_name("forged.tar")
    with tarfile.open(path) as old, tarfile.open(other, "w") as new:
        for entry in old:
            data = old.extractfile(entry).read()
            if entry.name == "manifest.json":
                data = json.dumps({**json.loads(data), **changed}).encode()
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return other


def test_all_of_it_comes_back(filled, artifacts, other, tmp_path):
    made = backup(tmp_path / "all.tar", str(artifacts))
    assert (made["rows"]["comparisons_judgement"], made["rows"]["datasets_origin"], made["artifacts"]) == (3, 1, 2)
    assert (tmp_path / "all.tar").stat().st_mode & 0o777 == 0o600
    before = here()
    restored = other.manage("restore", str(tmp_path / "all.tar"))
    assert restored.returncode == 0, restored.stderr
    assert there(other) == before
    kept = {name: data for name, data in files(artifacts).items() if not name.startswith(".")}
    assert files(other.home / "artifacts") == kept

    again = other.manage("restore", str(tmp_path / "all.tar"))
    assert again.returncode != 0 and "This installation is not empty" in again.stderr
    assert there(other) == before

    wrong = forged(tmp_path / "all.tar", rows={**made["rows"], "projects_role": 17})
    failed = other.manage("restore", str(wrong), "--replace")
    assert failed.returncode != 0 and "projects_role has 1 rows in this backup" in failed.stderr
    assert there(other) == before

    Cohort.objects.create(name="Later")
    backup(tmp_path / "later.tar", str(artifacts))
    assert other.manage("restore", str(tmp_path / "later.tar"), "--replace").returncode == 0
    assert there(other) == here() != before


def test_one_of_an_earlier_version_goes_to_another_database_as_its_owner_and_is_brought_to_this_one(other, tmp_path):
    Database(other.home, sockets(other.home)).start()
    other.manage("migrate", "cohorts", "0001")
    person = (
        "INSERT INTO cohorts_person (password, is_superuser, is_staff, is_active, date_joined, email, name, pseudonym)"
    )
    with psycopg.connect(other.database()) as database:
        database.execute(f"{person} VALUES ('', false, false, true, now(), 'old@example.org', 'Old', 'P-old')")
    made = other.manage("backup", str(tmp_path / "old.tar"))
    assert made.returncode == 0, made.stderr

    Database(other.home, sockets(other.home)).start()
    with psycopg.connect(other.database(), autocommit=True) as server:
        server.execute("CREATE ROLE plain LOGIN")
        server.execute("CREATE DATABASE plain OWNER plain")
    where = other.database("plain", user="plain")
    restored = other.manage("restore", str(tmp_path / "old.tar"), DATABASE_URL=where)
    assert restored.returncode == 0, restored.stderr
    with psycopg.connect(where) as database:
        found = contents(database)
    assert "old@example.org" in found["cohorts_person"][0]
    assert len(found["django_migrations"]) == len(MigrationLoader(None).disk_migrations)


def test_it_is_of_one_moment_whatever_happens_meanwhile(filled, artifacts, tmp_path, monkeypatch):
    """Between any two tables somebody joins, judgements and all are deleted, and an artifact comes and goes."""
    people, cohorts, members = Person.objects.count(), Cohort.objects.count(), Membership.objects.count()
    write = backups.write_table

    def meanwhile(writer, database, name, columns):
        join(f"cohort after {name}", f"{name}@example.org")
        Qualification.objects.create(name=name).delete()
        (artifacts / "empty").unlink(missing_ok=True)
        return write(writer, database, name, columns)

    monkeypatch.setattr(backups, "write_table", meanwhile)
    made = backup(tmp_path / "all.tar", str(artifacts))
    assert Cohort.objects.count() > cohorts + 20
    assert (made["rows"]["cohorts_person"], made["rows"]["cohorts_cohort"]) == (people, cohorts)
    assert made["rows"]["cohorts_membership"] == members
    assert made["artifacts"] == 1


def test_nobody_who_works_waits_for_it(filled, artifacts, tmp_path, monkeypatch, client):
    write = backups.write_table

    def meanwhile(writer, database, name, columns):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        Cohort.objects.create(name=name)
        Person.objects.update(language=name[:30])
        return write(writer, database, name, columns)

    monkeypatch.setattr(backups, "write_table", meanwhile)
    backup(tmp_path / "all.tar", str(artifacts))
    connection.close()


def test_no_session_and_no_secret_key_is_in_it(filled, client, artifacts, tmp_path, settings):
    made = backup(tmp_path / "all.tar", str(artifacts))
    assert "django_session" not in made["tables"] and "cohorts_person" in made["tables"]
    with tarfile.open(tmp_path / "all.tar") as tar:
        assert not [name for name in tar.getnames() if "session" in name or "secret" in name]
    assert settings.SECRET_KEY.encode() not in (tmp_path / "all.tar").read_bytes()


def test_a_backup_that_is_killed_leaves_nothing_under_its_name(filled, tmp_path):
    (tmp_path / "artifacts").mkdir()
    with (tmp_path / "artifacts" / "large").open("wb") as large:
        large.truncate(3_000_000_000)  # of which the disk has nothing: long to read
    url = addresses().database.replace("/tandem?", f"/{connection.settings_dict['NAME']}?")
    running = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(tmp_path / "all.tar")],
        cwd=REPOSITORY,
        env={**os.environ, "ARTIFACT_URL": str(tmp_path / "artifacts"), "DATABASE_URL": url},
    )

    def is_writing() -> bool:
        assert running.poll() is None
        return any(file.stat().st_size > 50_000_000 for file in tmp_path.glob(".all.tar.*"))

    wait_until(is_writing)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "all.tar").exists()
    for half in tmp_path.glob(".all.tar.*"):
        half.unlink()


def test_it_overwrites_nothing(filled, artifacts, tmp_path):
    (tmp_path / "all.tar").write_text("somebody else's")
    with pytest.raises(ArchiveError, match="is there already"):
        backup(tmp_path / "all.tar", str(artifacts))
    assert (tmp_path / "all.tar").read_text() == "somebody else's"


@pytest.mark.parametrize("damage", ["end", "bit", "newer", "outside"])
def test_what_is_not_whole_is_not_restored(filled, artifacts, tmp_path, damage):
    path = tmp_path / "all.tar"
    made = backup(path, str(artifacts))
    if damage == "end":
        os.truncate(path, path.stat().st_size // 2)
        said = "only the beginning of one"
    elif damage == "bit":
        whole = bytearray(path.read_bytes())
        place = whole.index((artifacts / "ab" / "abcd.jsonl").read_bytes()[:64])
        whole[place] ^= 1
        path.write_bytes(whole)
        said = "artifacts/ab/abcd.jsonl in this backup is not what it was"
    elif damage == "newer":
        path = forged(path, migrations=[*made["migrations"], ["cohorts", "9999_from_the_future"]])
        said = "newer version of Tandem, whose migrations are not here: cohorts.9999_from_the_future"
    else:
        with tarfile.open(path) as tar:
            members = json.load(tar.extractfile("manifest.json"))["members"]
        path = forged(path, members={**members, "artifacts/../../evil": members["artifacts/empty"]})
        said = r"artifacts/\.\./\.\./evil in this backup is not what it was"
    with pytest.raises(ArchiveError, match=said), checked(path):
        raise AssertionError("It was taken for whole.")
