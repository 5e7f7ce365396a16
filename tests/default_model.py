"""The default model, converted once for a whole run of tests, by whichever of its processes wants it first."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from labeling.stack import REPOSITORY
from models_runtime.checkpoints import DEFAULT_MODEL, install_default
from tests.once import once
from tests.processes import wait_until


@dataclass(frozen=True)
class Interrupted:
    """What a killed conversion left behind, as seen before the next one ran in the same folder."""

    files: list[str]
    usable: bool


@pytest.fixture(scope="session")
def interrupted_conversion(of_this_run: Path) -> tuple[Path, Interrupted]:
    """A folder in which a conversion was killed; `models` converts there, so that one conversion serves all."""
    folder = of_this_run / "models"
    folder.mkdir(exist_ok=True)
    with once(folder / "interrupted.json") as note:
        if not (said := note.read()):
            said = json.dumps(asdict(interrupt_conversion(folder)))
            note.write(said)
    return folder, Interrupted(**json.loads(said))


def interrupt_conversion(folder: Path) -> Interrupted:
    command = [sys.executable, "-m", "models_runtime.checkpoints", "--folder", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)
        wait_until(lambda: list(folder.glob(".unfinished-*")))
        process.kill()
        process.wait()
    return Interrupted(sorted(path.name for path in folder.glob(".unfinished-*")), (folder / DEFAULT_MODEL).exists())


@pytest.fixture(scope="session")
def models(request: pytest.FixtureRequest) -> Path:
    """A folder with the default model: TANDEM_TEST_MODELS if that is set, else converted for this run."""
    named = os.environ.get("TANDEM_TEST_MODELS")
    folder = Path(named) if named else request.getfixturevalue("interrupted_conversion")[0]
    return install_default(folder).parent
