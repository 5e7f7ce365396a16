"""A pytest plugin: an installation in a temporary TANDEM_HOME, and its processes for the tests that want them.

Loaded with `-p tests.processes`, which is before Django's settings are: they read TANDEM_HOME when imported.
Real servers named by DATABASE_URL, BROKER_URL and STREAM_URL are used instead of embedded ones, as always.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import DeadlockDetected
from xdist import is_xdist_controller

from labeling import processes
from labeling.embedded import last_words
from labeling.stack import REPOSITORY, Stack, addresses, home

if "labeling.settings" in sys.modules:
    raise pytest.UsageError("Load this with `-p tests.processes`: Django's settings were read already.")

os.environ["TANDEM_HOME"] = tempfile.mkdtemp(prefix="tandem-tests-", dir="/tmp")
os.environ["PGAPPNAME"] = "tests"  # PostgreSQL tells our connections from the installation's by it
PATIENCE = 120.0  # seconds; on a machine that is busy with something else
PORTS = range(15_000, 32_000)  # below those of which the kernel gives each connection one
Value = TypeVar("Value")
# Waits for the end of pytest, whatever end that is, then leaves nothing of it behind.
JANITOR = """
import shutil, sys
from labeling.stack import Stack, home
sys.stdin.read()
Stack().stop()
shutil.rmtree(home(), ignore_errors=True)
"""
janitor: "subprocess.Popen[bytes] | None" = None
at_work: "Installation | None" = None  # while it runs
SCHEDULED = ("labeling", "datasets")  # which do what is due by themselves


def pytest_sessionstart(session: pytest.Session) -> None:
    global janitor
    if session.config.option.collectonly or is_xdist_controller(session):
        return
    janitor = subprocess.Popen(
        [sys.executable, "-c", JANITOR], cwd=REPOSITORY, stdin=subprocess.PIPE, start_new_session=True
    )
    Stack(durable=False).start()


def pytest_unconfigure() -> None:
    if janitor:
        janitor.communicate()
    else:
        shutil.rmtree(home(), ignore_errors=True)


def wait_until(condition: Callable[[], Value], seconds: float = PATIENCE) -> Value:
    """What the condition returns once that is true; a failure when it does not become so."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {condition}")
        time.sleep(0.05)
    return value


def free_port() -> int:
    """One that nobody is given by chance before it is used."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port := SystemRandom().choice(PORTS)))
            return port


def healthz(port: int) -> dict[str, str]:
    """Empty while nobody answers."""
    link = HTTPConnection("127.0.0.1", port, timeout=5)
    with closing(link), suppress(OSError, HTTPException, ValueError):
        link.request("GET", "/healthz")
        return dict(json.load(link.getresponse()))
    return {}


@dataclass
class Installation:
    """The processes of an installation, on the test database. What a test has stopped, or halted, goes on after it."""

    port: int
    supervisor: processes.Supervisor

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Outright by default, as a machine does that runs out of memory; returns when it is gone."""
        running = self.supervisor.children[name].running
        assert running, f"{name} is not running"
        self.supervisor.send(name, number)
        running.wait(PATIENCE)

    def stop(self, name: str) -> None:
        self.supervisor.stop(name)

    def rest(self, name: str) -> None:
        """Halt it where it holds nothing that others wait for, until it is to go on."""

        def halted() -> bool:
            self.supervisor.send(name, signal.SIGSTOP)
            if not busy_backends():
                return True
            self.go_on(name)
            return False

        wait_until(halted)

    def go_on(self, name: str) -> None:
        self.supervisor.send(name, signal.SIGCONT)

    def start(self, name: str) -> None:
        """Returns when it is ready; what is left of a killed one goes first, which its announcement outlives."""
        from labeling.dialogues import streams

        self.supervisor.stop(name)
        for key in announcements(name):
            streams.client().delete(key)
        self.supervisor.start(name)
        self.wait_for(name)

    def wait_for(self, name: str) -> None:
        wait_until(lambda: self.is_ready(name), 3 * PATIENCE)

    def restore(self) -> None:
        """So that a test which failed in the middle takes no other one with it."""
        for name, child in self.supervisor.children.items():
            ended = child.running is None or child.running.poll() is not None
            self.start(name) if ended else self.go_on(name)

    def is_ready(self, name: str) -> bool:
        running = self.supervisor.children[name].running
        if running is None or running.poll() is not None:
            raise AssertionError(f"{name} has ended. {last_words(self.supervisor.log(name))}")
        return bool(healthz(self.port) if name == "web" else announcements(name))


def generation(preload: str = "") -> processes.Process:
    return eager(processes.generation(preload))


def eager(made: processes.Process) -> processes.Process:
    """Not so nice that pages come first, as it is elsewhere: here everybody waits for what it does."""
    assert made.argv[:2] == ("nice", "-n")
    return replace(made, argv=made.argv[3:])


def announcements(name: str) -> list[str]:
    """Of itself, by whoever runs under this name. /healthz tells of them too, but on a busy machine not in its time."""
    from labeling.dialogues import streams

    return list(streams.client().scan_iter("runtime:worker:*" if name == "generation" else f"runtime:{name}"))


@pytest.fixture
def installation(transactional_db: None, running_installation: Installation) -> Iterator[Installation]:
    """All of its processes, with the scripted engine only. Nothing is under way in it when the test has ended."""
    yield running_installation
    running_installation.restore()
    settle()


def settle() -> None:
    """Cancel what nobody waits for any more and let every transaction end, so that the tables can be emptied."""
    from labeling.dialogues import generation, trials
    from labeling.dialogues.models import UNFINISHED, Trial, Turn

    for turn in Turn.objects.filter(completions__state__in=UNFINISHED).distinct():
        generation.cancel(turn)
    for trial in Trial.objects.unfinished():
        trials.cancel(trial)
    wait_until(lambda: not busy_backends())


def busy_backends() -> int:
    """Connections to the test database, other than our own, that are in the middle of something."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def undisturbed(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """The installation's schedule rests during tests that show their rows to everybody and do not ask for it.

    Else it would send what they have queued, fill the stock of their rounds, and hold rows that they race for.
    """
    if at_work is None or "installation" in request.fixturenames or not shows_its_rows(request):
        yield
        return
    with django_db_blocker.unblock():
        for name in SCHEDULED:
            at_work.rest(name)
    try:
        yield
    finally:
        for name in SCHEDULED:
            at_work.go_on(name)


def shows_its_rows(request: pytest.FixtureRequest) -> bool:
    """It commits what it writes, by a fixture or by its mark."""
    mark = request.node.get_closest_marker("django_db")
    return "transactional_db" in request.fixturenames or bool(mark and mark.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def running_installation(django_db_setup: None) -> Iterator[Installation]:
    from django.db import connection

    global at_work
    url = make_conninfo(addresses().database, dbname=connection.settings_dict["NAME"])
    port = free_port()
    web_side = (processes.web(port), processes.labeling(), processes.datasets(), processes.receipts())
    told = {"DATABASE_URL": url, "SCRIPTED_MODELS": "1", "PGAPPNAME": "installation"}
    everything = [replace(process, env={**process.env, **told}) for process in web_side]
    supervisor = processes.Supervisor([*everything, generation()])
    started = Installation(port, supervisor)
    patch = pytest.MonkeyPatch()
    patch.setattr(type(connection.ops), "execute_sql_flush", emptied_beside(type(connection.ops).execute_sql_flush))
    try:
        for name in supervisor.children:
            supervisor.start(name)
        for name in supervisor.children:
            started.wait_for(name)
        at_work = started
        yield started
    finally:
        at_work = None
        supervisor.close()
        patch.undo()


def emptied_beside(empty: Callable[[object, list[str]], None]) -> Callable[[object, list[str]], None]:
    """Empty the tables after a test while an installation goes on with what it does every few seconds: of two that
    wait for each other PostgreSQL ends one, and that may be us."""
    from django.db import OperationalError

    def again(operations: object, statements: list[str]) -> None:
        for _attempt in range(10):
            try:
                return empty(operations, statements)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        raise AssertionError("The tables could not be emptied: every attempt ended in a deadlock.")

    return again


@pytest.fixture(scope="session")
def default_model(models: Path) -> str:
    """The real model's source, in this TANDEM_HOME."""
    name = processes.DEFAULT_MODEL
    shutil.copytree(models / name, home() / "models" / name)
    return name


@pytest.fixture
def installation_with_model(installation: Installation, default_model: str) -> Installation:
    """The same installation, its generation worker holding the real model as well."""
    from labeling.dialogues import streams

    def has_loaded() -> bool:
        said = (json.loads(streams.client().get(name) or "{}") for name in announcements("generation"))
        return any(default_model in one.get("models", ()) for one in said)

    if not has_loaded():
        child = installation.supervisor.children["generation"]
        child.process = generation(default_model)
        installation.start("generation")
        wait_until(has_loaded, 4 * PATIENCE)
    return installation
