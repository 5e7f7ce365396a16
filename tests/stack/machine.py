"""One TANDEM_HOME and whatever runs in it, for the tests of `manage.py run`."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import psutil
import psycopg

from labeling.embedded import Database
from labeling.processes import DEFAULT_MODEL
from labeling.stack import REPOSITORY, sockets
from tests.migrated import load
from tests.processes import PATIENCE, free_port, wait_until

NAMES = ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "DJANGO_SETTINGS_MODULE")

SERVERS = ("postgres", "valkey-server")  # of these, the next start makes use


class Machine:
    """Its checkpoint is none: what is tested here needs no model, and making the real one takes longest of all."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.lines: list[str] = []
        self.running: subprocess.Popen[str] | None = None
        checkpoint = home / "models" / DEFAULT_MODEL / "checkpoint.json"
        checkpoint.parent.mkdir(parents=True)
        checkpoint.write_text('{"sha256": "none"}')

    def migrate(self, tables: Path) -> None:
        """As its first start would, in a tenth of the time."""
        database = Database(self.home, sockets(self.home), durable=False)
        database.start()
        load(tables, self.database())
        database.stop()

    def database(self, name: str = "tandem", user: str = "postgres") -> str:
        """Of the embedded server."""
        return f"host={sockets(self.home) / 'database'} port=5432 user={user} dbname={name}"

    def manage(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.env(**more),
            text=True,
            capture_output=True,
            timeout=3 * PATIENCE,
        )

    def env(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in NAMES}
        return {**kept, "TANDEM_HOME": str(self.home), "PORT": str(self.port), **more}

    def start(self, *options: str, **more: str) -> None:
        """Returns when it says that it is ready; nothing when it runs already."""
        if self.running and self.running.poll() is None:
            return
        self.lines = []
        self.running = subprocess.Popen(
            [sys.executable, "manage.py", "run", *options],
            cwd=REPOSITORY,
            env=self.env(**more),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # these tests may run under nohup
        )
        Thread(target=self._read, args=(self.running,), daemon=True).start()
        self.wait_for_line("Tandem is ready at")

    def _read(self, running: "subprocess.Popen[str]") -> None:
        for line in running.stdout or ():
            self.lines.append(line)

    def wait_for_line(self, text: str, after: int = 0) -> str:
        """`after` so many lines that it has said already."""

        def found() -> str:
            assert self.running
            ended = self.running.poll() is not None
            line = next((line for line in self.lines[after:] if text in line), "")
            assert line or not ended, "".join(self.lines)
            return line

        return wait_until(found, 3 * PATIENCE)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.running is None:
            return 0
        self.running.send_signal(number)
        return self.running.wait(PATIENCE)

    def processes(self) -> list[psutil.Process]:
        """All that know this TANDEM_HOME by environment, arguments or folder, the servers included."""
        return [process for process in psutil.process_iter() if self.knows(process)]

    def knows(self, process: psutil.Process) -> bool:
        try:
            traces = [*process.cmdline(), process.cwd(), process.environ().get("TANDEM_HOME", "")]
        except psutil.Error:
            return False
        return any(str(self.home) in trace for trace in traces)

    def servers(self) -> list[psutil.Process]:
        return [process for process in self.processes() if name_of(process) in SERVERS]

    def process(self, name: str) -> psutil.Process | None:
        """The first of a name's group."""
        for process in self.processes():
            try:
                if process.environ().get("TANDEM_PROCESS") == name and os.getpgid(process.pid) == process.pid:
                    return process
            except (psutil.Error, ProcessLookupError):
                continue
        return None

    def people(self) -> set[str]:
        """By address, whoever asks: no process of Tandem is needed for it."""
        with psycopg.connect(self.database()) as database:
            return {email for (email,) in database.execute("SELECT email FROM cohorts_person")}


@contextmanager
def new_machine() -> Iterator[Machine]:
    machine = Machine(Path(tempfile.mkdtemp(prefix="tandem-run-")))
    try:
        yield machine
    finally:
        machine.stop()
        for process in machine.processes():
            kill(process)
        shutil.rmtree(machine.home, ignore_errors=True)


def name_of(process: psutil.Process) -> str:
    """Empty of one that has gone since it was found."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def kill(process: psutil.Process) -> None:
    """Where it has not gone by itself, as a backend does whose server was killed."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def is_running(process: psutil.Process) -> bool:
    """Not so of a zombie: when it is reaped is the business of whoever adopted it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
