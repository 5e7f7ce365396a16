"""What can be foreseen to go wrong is said in one line, with what to do about it, and leaves nobody running."""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from labeling.home import foreseen
from labeling.stack import REPOSITORY
from tests.processes import free_port
from tests.stack.machine import Machine


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


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "tandem.example.org"])
def test_it_serves_no_pages_to_other_machines_unencrypted(machine: Machine, host: str) -> None:
    failed = machine.manage("run", HOST=host, HTTPS="0", ALLOW_HTTP="")
    assert failed.returncode == 1
    assert f"HOST={host}" in failed.stderr and "HTTPS=1" in failed.stderr and "ALLOW_HTTP=1" in failed.stderr


@pytest.mark.parametrize("allowed", ["HTTPS", "ALLOW_HTTP"])
def test_it_serves_other_machines_behind_a_proxy_or_where_that_is_allowed(monkeypatch, allowed: str) -> None:
    monkeypatch.setenv("HOST", "192.0.2.1")
    monkeypatch.setenv(allowed, "1")
    foreseen.require_encryption()


def test_other_commands_say_that_the_database_is_not_running(machine: Machine) -> None:
    machine.stop()
    failed = machine.manage("migrate")
    assert failed.returncode == 1
    assert "make run" in failed.stderr
    assert "Traceback" not in failed.stderr


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


def test_it_says_that_its_home_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    command = [sys.executable, "manage.py", "run"]
    env = {**os.environ, "TANDEM_HOME": str(tmp_path / "file")}
    refused = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr == f"{tmp_path / 'file'}: File exists. TANDEM_HOME must be a folder that you can write to.\n"
