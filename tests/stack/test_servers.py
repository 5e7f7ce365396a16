"""The embedded servers by themselves: where they listen, what they survive, when there are none."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from labeling.embedded import StackError
from labeling.stack import REPOSITORY, Stack, addresses, home, sockets
from tests.processes import wait_until
from tests.stack.machine import is_running

GIVEN = ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TANDEM_HOME of the test's own; whatever still runs there ends with the test.

    Not under pytest's folder, which every session of pytest closes to other users, and PostgreSQL may be one.
    """
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    folder = Path(tempfile.mkdtemp(prefix="tandem-servers-"))
    monkeypatch.setenv("TANDEM_HOME", str(folder / "home"))
    yield home()
    Stack().stop()
    for used in (sockets(home()), folder):
        shutil.rmtree(used, ignore_errors=True)


def query(sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(addresses().database, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def queue() -> redis.Redis:
    return redis.Redis.from_url(addresses().stream, decode_responses=True)


def servers() -> list[psutil.Process]:
    return [
        psutil.Process(int((home() / "database" / "postmaster.pid").read_text().split()[0])),
        psutil.Process(int((home() / "queue" / "valkey.pid").read_text())),
    ]


def test_it_makes_a_database_and_a_queue_that_listen_on_private_sockets_alone(place: Path) -> None:
    Stack(durable=False).start()
    assert query("SELECT current_database(), current_setting('server_version_num')::int / 10000") == [("tandem", 18)]
    assert queue().ping()
    assert query("SELECT pg_size_bytes(current_setting('shared_buffers')) >= 128 * 1024 ^ 2") == [(True,)]
    for server in servers():
        assert not server.net_connections("inet")
    for folder in ("database", "queue"):
        assert (place / "sockets" / folder).stat().st_mode & 0o077 == 0


def test_it_keeps_data_and_queued_work_over_a_restart(place: Path) -> None:
    stack = Stack(durable=False)
    stack.start()
    query("CREATE TABLE kept AS SELECT 42 AS number")
    queue().rpush("work", "queued")
    stack.stop()
    assert stack.has_fallen()
    Stack(durable=False).start()
    assert query("SELECT number FROM kept") == [(42,)]
    assert queue().lrange("work", 0, -1) == ["queued"]


def test_it_recovers_what_was_committed_when_the_servers_are_killed(place: Path) -> None:
    Stack().start()
    query("CREATE TABLE kept AS SELECT 42 AS number")
    queue().rpush("work", "queued")
    killed = servers()
    for server in killed:
        server.kill()
    wait_until(lambda: not any(is_running(server) for server in killed))
    Stack().start()
    assert query("SELECT number FROM kept") == [(42,)]
    assert queue().lrange("work", 0, -1) == ["queued"]


def test_it_adopts_servers_that_a_killed_run_left_behind(place: Path) -> None:
    code = "import os, signal; from labeling.stack import Stack; Stack(durable=False).start(); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY)
    assert killed.returncode == -signal.SIGKILL
    before = [server.pid for server in servers()]
    stack = Stack(durable=False)
    stack.start()
    assert [server.pid for server in servers()] == before
    running = servers()
    stack.stop()
    assert not any(is_running(server) for server in running)


HALFWAY = """
import sys
from labeling.embedded import Database
from labeling.stack import Stack
run = Database._run
def halt(self, program, *arguments):
    run(self, program, *arguments)
    print(program, flush=True)
    sys.stdin.read()
Database._run = halt
Stack().start()
"""


def test_it_does_a_half_finished_first_start_again(place: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HALFWAY], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout and first.stdout.readline() == "initdb\n"
    first.kill()
    first.communicate()
    assert list(place.glob("database.unfinished-*/base")) and not (place / "database").exists()
    Stack(durable=False).start()
    assert query("SELECT 1") == [(1,)]


def test_it_clears_away_what_half_finished_starts_left(place: Path) -> None:
    (place / "database.unfinished-before").mkdir(parents=True)
    Stack(durable=False).start()
    assert not list(place.glob("database.unfinished-*"))


def test_it_never_touches_a_data_folder_that_holds_something_else(place: Path) -> None:
    (place / "database").mkdir(parents=True)
    (place / "database" / "base").write_text("somebody's")
    with pytest.raises(StackError, match="Move it away"):
        Stack(durable=False).start()
    assert (place / "database" / "base").read_text() == "somebody's"


def test_it_starts_although_a_stale_pid_file_names_a_living_process(place: Path) -> None:
    """As after a container is started again, where the same small numbers come back."""
    stack = Stack(durable=False)
    stack.start()
    stack.stop()
    (place / "database" / "postmaster.pid").write_text(f"{os.getpid()}\n{place / 'database'}\n0\n5432\n\n\n\nready\n")
    Stack(durable=False).start()
    assert query("SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["long/" * 25, "two words & more"])
def test_it_finds_a_place_for_the_sockets_whatever_the_home_is_called(
    place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_HOME", str(place / name))
    Stack(durable=False).start()
    assert query("SELECT 1") == [(1,)]
    assert queue().ping()


def test_it_embeds_nothing_when_everything_is_given(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = "postgresql://db.example.org/tandem?sslmode=verify-full"
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("BROKER_URL", "rediss://web:secret@queue.example.org/0")
    monkeypatch.setenv("STREAM_URL", "rediss://web:secret@queue.example.org/1")
    assert addresses().database == database
    assert not addresses().embedded
    Stack(durable=False).start()
    assert not place.exists()


def test_it_embeds_what_is_missing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.org/tandem?sslmode=require")
    Stack(durable=False).start()
    assert queue().ping()
    assert not (place / "database").exists()


def test_two_ways_to_name_a_home_are_one_installation(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = addresses()
    (tmp_path / "link").symlink_to(place.parent)
    monkeypatch.setenv("TANDEM_HOME", str(tmp_path / "link" / "home"))
    assert addresses() == before
