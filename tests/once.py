"""What all processes of one run of tests share: a folder, and that one of them alone makes what is wanted there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest


@pytest.fixture(scope="session")
def of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    of_this_process = tmp_path_factory.getbasetemp()
    return of_this_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_this_process


@contextmanager
def once(path: Path) -> Iterator[TextIO]:
    """The file is empty for whoever comes first, and everybody else waits until that one has written it."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
