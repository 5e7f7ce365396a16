"""The machine on which `manage.py run` is tested; a test that stops it leaves it stopped."""

from collections.abc import Iterator

import pytest

from tests.stack.machine import Machine, new_machine


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with new_machine() as machine:
        yield machine


@pytest.fixture
def running(machine: Machine) -> Machine:
    machine.start()
    return machine
