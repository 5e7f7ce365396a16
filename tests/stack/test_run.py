"""`manage.py run` as whoever installs Tandem meets it: starting, starting twice, stopping, being killed.

All tests share one TANDEM_HOME, with a checkpoint that is none: what is tested here needs no model, and making
the real one takes longer than everything else. A test that stops Tandem leaves it stopped.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import psutil
import pytest

from labeling.processes import DEFAULT_MODEL
from labeling.stack import REPOSITORY, Addresses, Stack, addresses
from tests.processes import free_port, healthz, wait_until

NAMES = ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "DJANGO_SETTINGS_MODULE")

SERVERS = ("postgres", "valkey-server")  # of these, the next start makes use


class Machine:
    """One TANDEM_HOME and whatever runs in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.lines: list[str] = []
        self.running: subprocess.Popen[str] | None = None
        checkpoint = home / "models" / DEFAULT_MODEL / "checkpoint.json"
        checkpoint.parent.mkdir(parents=True)
        checkpoint.write_text('{"sha256": "none"}')

    def manage(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.env(**more),
            text=True,
            capture_output=True,
            timeout=60,
        )

    def env(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in NAMES}
        return {**kept, "TANDEM_HOME": str(self.home), "PORT": str(self.port), **more}

    def start(self, **more: str) -> None:
        """Returns when it says that it is ready; nothing when it runs already."""
        if self.running and self.running.poll() is None:
            return
        self.lines = []
        self.running = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=REPOSITORY,
            env=self.env(**more),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        Thread(target=self._read, args=(self.running,), daemon=True).start()
        self.wait_for_line("Tandem is ready at")

    def _read(self, running: "subprocess.Popen[str]") -> None:
        for line in running.stdout or ():
            self.lines.append(line)

    def wait_for_line(self, text: str) -> str:
        def found() -> str:
            assert self.running
            ended = self.running.poll() is not None
            line = next((line for line in self.lines if text in line), "")
            assert line or not ended, "".join(self.lines)
            return line

        return wait_until(found)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.running is None:
            return 0
        self.running.send_signal(number)
        return self.running.wait(60)

    def processes(self) -> list[psutil.Process]:
        """All that know this TANDEM_HOME by environment, arguments or folder, the servers included."""
        return [process for process in psutil.process_iter() if self.knows(process)]

    def knows(self, process: psutil.Process) -> bool:
        try:
            traces = [*process.cmdline(), process.cwd(), process.environ().get("TANDEM_HOME", "")]
        except psutil.Error:
            return False
        return any(str(self.home) in trace for trace in traces)

    def process(self, name: str) -> psutil.Process | None:
        """The first of a name's group."""
        for process in self.processes():
            try:
                if process.environ().get("TANDEM_PROCESS") == name and os.getpgid(process.pid) == process.pid:
                    return process
            except (psutil.Error, ProcessLookupError):
                continue
        return None

    def people(self) -> str:
        code = "from labeling.cohorts.models import Person; print(*Person.objects.values_list('email', flat=True))"
        return self.manage("shell", "--no-imports", "-c", code).stdout.strip()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    machine = Machine(Path(tempfile.mkdtemp(prefix="tandem-run-")))
    yield machine
    machine.stop()
    for process in machine.processes():
        process.kill()
    shutil.rmtree(machine.home, ignore_errors=True)


@pytest.fixture
def running(machine: Machine) -> Machine:
    machine.start()
    return machine


def test_it_answers_and_shows_a_sign_in_link_for_each_person_of_the_demo(running: Machine) -> None:
    assert set(healthz(running.port).values()) == {"ok"}
    links = re.findall(rf"http://127.0.0.1:{running.port}(/sign-in/\S+/)", "".join(running.lines))
    assert len(links) == 2
    page = HTTPConnection("127.0.0.1", running.port, timeout=10)
    page.request("GET", links[0])
    assert page.getresponse().status == 200


def test_it_writes_no_sign_in_link_to_a_log(running: Machine) -> None:
    token = re.search(r"/sign-in/(\S+)/", running.wait_for_line("/sign-in/"))
    assert token
    logs = list((running.home / "logs").iterdir())
    assert len(logs) >= 6
    assert not any(token[1] in log.read_text() for log in logs)


def test_a_second_start_says_where_the_first_one_runs(running: Machine) -> None:
    second = running.manage("run")
    assert second.returncode == 1
    assert running.running
    assert f"already running in {running.home}" in second.stderr
    assert f"pid {running.running.pid}, http://127.0.0.1:{running.port}" in second.stderr
    assert "Traceback" not in second.stderr
    assert set(healthz(running.port).values()) == {"ok"}


def test_other_commands_find_the_running_database(running: Machine) -> None:
    assert "manager@example.org" in running.people()


@pytest.mark.parametrize("name", ["receipts", "web"])
def test_it_starts_again_what_dies(running: Machine, name: str) -> None:
    victim = running.process(name)
    assert victim
    victim.kill()
    running.wait_for_line(f"{name} ended (SIGKILL)")
    successor = wait_until(lambda: running.process(name))
    assert successor.pid != victim.pid
    wait_until(lambda: set(healthz(running.port).values()) == {"ok"})


def test_it_starts_its_servers_again_when_they_die(running: Machine) -> None:
    people = running.people()
    for server in running.processes():
        if server.name() in SERVERS:
            server.kill()
    running.wait_for_line("starting it again")
    wait_until(lambda: set(healthz(running.port).values()) == {"ok"})
    assert running.people() == people


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nobody(machine: Machine, number: signal.Signals) -> None:
    machine.start()
    assert machine.stop(number) == 0
    assert machine.processes() == []


def test_after_a_kill_the_processes_end_and_the_next_start_finds_the_data(machine: Machine) -> None:
    machine.start()
    people = machine.people()
    before = [process for process in machine.processes() if process.name() not in SERVERS]
    machine.stop(signal.SIGKILL)
    machine.start()
    assert not [process for process in before if process.is_running()]
    assert machine.people() == people
    assert "demo projects" not in "".join(machine.lines)


def test_processes_that_outlived_supervisor_and_guard_are_stopped_by_the_next_start(machine: Machine) -> None:
    machine.start()
    assert machine.running
    guard = next(child for child in psutil.Process(machine.running.pid).children() if "-S" in child.cmdline())
    guard.kill()
    orphan = machine.process("labeling")
    machine.stop(signal.SIGKILL)
    assert orphan
    assert orphan.is_running()
    machine.start()
    assert not orphan.is_running()


def test_it_says_what_to_do_about_a_port_in_use(machine: Machine) -> None:
    machine.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        failed = machine.manage("run", PORT=str(port))
    assert failed.returncode == 1
    assert f"Port {port} is in use" in failed.stderr
    assert f"PORT={port % 65535 + 1} make run" in failed.stderr
    assert machine.processes() == []


def test_it_says_that_a_port_is_no_number(machine: Machine) -> None:
    failed = machine.manage("run", PORT="http")
    assert failed.returncode == 1
    assert "PORT must be a number" in failed.stderr


def test_other_commands_say_that_the_database_is_not_running(machine: Machine) -> None:
    machine.stop()
    failed = machine.manage("migrate")
    assert failed.returncode == 1
    assert "make run" in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.fixture
def other_servers(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Addresses]:
    """Servers that this installation did not start."""
    machine.stop()
    folder = Path(tempfile.mkdtemp(prefix="tandem-other-"))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TANDEM_HOME", str(folder))
        stack, where = Stack(durable=False), addresses()
        stack.start()
    yield where
    stack.stop()
    shutil.rmtree(folder)


def test_it_embeds_nothing_when_servers_are_given(machine: Machine, other_servers: Addresses) -> None:
    given = other_servers
    urls = {"DATABASE_URL": given.database, "BROKER_URL": given.broker, "STREAM_URL": given.stream}
    machine.start(**urls)
    assert set(healthz(machine.port).values()) == {"ok"}
    assert not [process for process in machine.processes() if process.name() in SERVERS]
    assert "sign in as" not in "".join(machine.lines)
    machine.stop()


def test_it_says_that_a_given_database_does_not_answer_without_its_password(machine: Machine) -> None:
    machine.stop()
    failed = machine.manage("run", DATABASE_URL="postgresql://ada:secret@127.0.0.1:1/tandem")
    assert failed.returncode == 1
    assert "The database that DATABASE_URL names does not answer" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "secret" not in failed.stderr


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tandem-disk-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)], capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only who may mount can make a disk full")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_it_says_how_much_room_the_first_start_needs(machine: Machine, small_disk: Path) -> None:
    failed = machine.manage("run", TANDEM_HOME=str(small_disk / "home"), PORT=str(free_port()))
    assert failed.returncode == 1
    assert re.search(r"needs about 1\.5 GB of disk in .*, and 0\.0 GB are free", failed.stderr)


def test_it_says_that_the_disk_is_full_and_leaves_nobody(small_disk: Path) -> None:
    crowded = Machine(small_disk / "home")
    failed = crowded.manage("run")
    assert failed.returncode == 1
    assert "The disk is full" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert crowded.processes() == []
