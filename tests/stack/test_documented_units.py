"""The units in docs/systemd start what `manage.py run` starts, so that neither can drift from the other."""

import shlex
from pathlib import Path

import pytest

from labeling import processes
from labeling.processes import Process
from labeling.stack import REPOSITORY, home

UNITS = REPOSITORY / "docs" / "systemd"
OWN = {
    **{"web": processes.web(8000), "labeling": processes.labeling(), "receipts": processes.receipts()},
    "datasets": processes.datasets(),
}


def documented(name: str) -> list[str]:
    lines = (UNITS / f"tandem-{name}.service").read_text().splitlines()
    (command,) = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart=")]
    program, *arguments = shlex.split(command.replace("%H", "%h").replace("/var/lib/tandem", str(home())))
    return [Path(program).name, *arguments]


def started(process: Process) -> list[str]:
    argv = list(process.argv)
    return argv[argv.index("-m") + 1 :]


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_unit_of_the_web_side_starts_what_an_installation_starts(name):
    assert sorted(documented(name)) == sorted(started(OWN[name]))


@pytest.mark.parametrize("process", [processes.generation(), processes.training()], ids=lambda process: process.name)
def test_a_unit_of_a_gpu_machine_starts_what_an_installation_starts(process):
    assert sorted(documented(process.name)) == sorted(started(process))


def test_no_unit_holds_a_secret():
    for unit in UNITS.glob("*.service"):
        text = unit.read_text()
        assert "EnvironmentFile=/etc/tandem/" in text
        assert "\nEnvironment=" not in text
