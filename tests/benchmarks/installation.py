"""The installation of a benchmark: Django set up for a folder of its own. Imported before anything of labeling's.

The folder goes with the benchmark, unless `--keep FOLDER` names one, where another run finds what this one has made.
That is looked for here, since the settings read TANDEM_HOME when they are imported, before any options are.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django

from labeling.stack import Stack, home
from tests import processes  # noqa: F401 - it has given this process a temporary TANDEM_HOME

KEEP = "--keep"
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
