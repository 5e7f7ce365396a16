"""The machine on which `manage.py run` is tested; a test that stops it leaves it stopped."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.machine import Machine, kill


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    machine = Machine(Path(tempfile.mkdtemp(prefix="tandem-run-")))
    yield machine
    machine.stop()
    for process in machine.processes():
        kill(process)
    shutil.rmtree(machine.home, ignore_errors=True)


@pytest.fixture
def running(machine: Machine) -> Machine:
    machine.start()
    return machine
