"""`manage.py run` as whoever installs Tandem meets it: starting, starting twice, stopping, being killed."""

import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from django.core.management import call_command

from labeling.processes import allow_open_files
from labeling.stack import Addresses, Stack, addresses
from tests.migrated import dump, load
from tests.processes import PATIENCE, healthz, wait_until
from tests.stack.machine import SERVERS, Machine, is_running, kill, name_of, new_machine


def is_well(machine: Machine) -> bool:
    return set(healthz(machine.port).values()) == {"ok"}


def test_it_answers_and_shows_a_sign_in_link_for_each_person_of_the_demo(running: Machine) -> None:
    wait_until(lambda: is_well(running))
    links = re.findall(rf"http://127.0.0.1:{running.port}(/sign-in/\S+/)", "".join(running.lines))
    assert len(links) == 2
    page = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    page.request("GET", links[0])
    assert page.getresponse().status == 200


def test_an_installation_that_began_with_nothing_has_the_tables_of_the_tests_and_of_the_models(
    running: Machine, tables: Path, db: None
) -> None:
    ours, theirs = iter(tables.read_text().splitlines()), dump(running.database(), "--schema-only").splitlines()
    assert not [line for line in theirs if not line.startswith("\\") and line not in ours]  # in the same order
    call_command("makemigrations", "--check", "--dry-run")  # ends the test where a model has changed since


def test_many_connections_that_ask_nothing_keep_no_page_waiting(running: Machine) -> None:
    allow_open_files()
    with ExitStack() as idle:
        for _ in range(1100):
            idle.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE))
        for _ in range(8):  # by either of the web processes
            page = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
            page.request("GET", "/accounts/login/")
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
    wait_until(lambda: is_well(running))


def test_other_commands_find_the_running_database(running: Machine) -> None:
    code = "from labeling.cohorts.models import Person; print(*Person.objects.values_list('email', flat=True))"
    assert "manager@example.org" in running.manage("shell", "--no-imports", "-c", code).stdout


@pytest.mark.parametrize("name", ["receipts", "web"])
def test_it_starts_again_what_dies(running: Machine, name: str) -> None:
    victim, said = running.process(name), len(running.lines)
    assert victim
    victim.kill()
    running.wait_for_line(f"{name} ended (SIGKILL)", said)
    successor = wait_until(lambda: running.process(name))
    assert successor.pid != victim.pid
    wait_until(lambda: is_well(running))


def test_it_starts_its_servers_again_when_they_die(running: Machine) -> None:
    people, said = running.people(), len(running.lines)
    for server in running.servers():
        kill(server)
    running.wait_for_line("starting it again", said)
    wait_until(lambda: is_well(running))
    assert running.people() == people


def test_after_a_kill_the_processes_end_and_the_next_start_finds_the_data(machine: Machine) -> None:
    machine.start()
    people = machine.people()
    before = [process for process in machine.processes() if name_of(process) not in SERVERS]
    machine.stop(signal.SIGKILL)
    machine.start()
    assert not [process for process in before if is_running(process)]
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
    assert is_running(orphan)
    machine.start()
    assert not is_running(orphan)


@pytest.fixture(scope="module")
def empty_machine(tables: Path) -> Iterator[Machine]:
    with new_machine() as machine:
        machine.migrate(tables)
        yield machine


@pytest.fixture
def without_demo(empty_machine: Machine) -> Machine:
    empty_machine.start("--no-demo")
    return empty_machine


def test_without_the_demo_nobody_is_there_and_it_says_how_the_first_person_comes(without_demo: Machine) -> None:
    without_demo.wait_for_line("manage.py createsuperuser")
    assert without_demo.people() == set()
    assert "sign in as" not in "".join(without_demo.lines)


@pytest.fixture(scope="module")
def other_servers(tables: Path) -> Iterator[Addresses]:
    """Servers that no installation here did start."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-other-"))
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("TANDEM_HOME", str(folder))
        stack, where = Stack(durable=False), addresses()
        stack.start()
    load(tables, where.database)
    yield where
    stack.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def bare_machine(other_servers: Addresses) -> Iterator[Machine]:
    with new_machine() as machine:
        yield machine


@pytest.fixture
def beside_others(bare_machine: Machine, other_servers: Addresses) -> Machine:
    given = other_servers
    urls = {"DATABASE_URL": given.database, "BROKER_URL": given.broker, "STREAM_URL": given.stream}
    bare_machine.start(**urls)
    return bare_machine


def test_it_embeds_nothing_when_servers_are_given(beside_others: Machine) -> None:
    wait_until(lambda: is_well(beside_others))
    assert not beside_others.servers()
    assert "sign in as" not in "".join(beside_others.lines)


@pytest.mark.parametrize(
    ("which", "number"),
    [("running", signal.SIGTERM), ("without_demo", signal.SIGINT), ("beside_others", signal.SIGHUP)],
)
def test_a_signal_stops_everything_and_leaves_nobody(
    request: pytest.FixtureRequest, which: str, number: signal.Signals
) -> None:
    """Each on another machine, for it takes as long to start one as to look at all the rest of it."""
    machine: Machine = request.getfixturevalue(which)
    assert machine.stop(number) == 0
    assert machine.processes() == []
