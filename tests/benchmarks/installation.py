"""The installation of a benchmark: Django set up for a folder of its own. Imported before anything of labeling's.

The folder goes with the benchmark, unless `--keep FOLDER` names one, where another run finds what this one has made.
That is looked for here, since the settings read TANDEM_HOME when they are imported, before any options are.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django

from labeling.embedded import last_words
from labeling.stack import REPOSITORY, Stack, home
from tests.processes import wait_until  # it has given this process a temporary TANDEM_HOME

KEEP = "--keep"
STARTING = 600.0  # seconds that all of Tandem may take to answer: the default model may have to be made first
IS_KEPT = KEEP in sys.argv[:-1]

for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "HOST", "ALLOWED_HOSTS", "HTTPS"):
    os.environ.pop(name, None)  # a real installation that the shell names is none of our business
if IS_KEPT:
    home().rmdir()
    os.environ["TANDEM_HOME"] = sys.argv[sys.argv.index(KEEP) + 1]
os.environ["DJANGO_SETTINGS_MODULE"] = "labeling.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - settings first
from django.db import connection  # noqa: E402


@contextmanager
def installed() -> Iterator[None]:
    """The embedded servers run, and the tables are those of this version."""
    home().mkdir(parents=True, exist_ok=True)
    stack = Stack()
    try:
        stack.start()
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        stack.stop()
        if not IS_KEPT:
            shutil.rmtree(home(), ignore_errors=True)


@contextmanager
def tandem(port: int, *options: str, tell: Callable[[str], object] = lambda line: None) -> Iterator[None]:
    """All of Tandem, as `make run` starts it, which says what it does until it is ready. Ctrl-C is not for it: it is
    asked to stop when whoever has started it is done."""
    home().mkdir(parents=True, exist_ok=True)
    log, told = home() / "run.log", 0
    command = [sys.executable, "manage.py", "run", "--port", str(port), *options]
    with log.open("wb") as output:
        said = {"stdout": output, "stderr": output}
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, start_new_session=True, **said)

    def is_over() -> bool:
        nonlocal told
        lines = log.read_text().splitlines()
        for line in lines[told:]:
            if line.startswith("Tandem is ready"):
                return True
            tell(line)
        told = len(lines)
        return process.poll() is not None

    try:
        wait_until(is_over, STARTING)
        if process.poll() is not None:
            sys.exit(f"Tandem did not start. {last_words(log)}")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
