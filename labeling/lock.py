"""One installation, one supervisor: the lock, and the end of processes that outlived their supervisor."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from labeling.stack import home

if TYPE_CHECKING:
    import psutil

PATIENCE = 10.0  # seconds for the guard of a killed supervisor, then for leftovers, to end


def stop_leftovers() -> int:
    """End processes of this installation that outlived both supervisor and guard; their number."""
    import psutil

    found = [process for process in psutil.process_iter() if belongs_here(process)]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(found, PATIENCE / 2)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(found, PATIENCE / 2)
    return len(found)


def belongs_here(process: "psutil.Process") -> bool:
    import psutil

    try:
        env = process.environ()
    except (psutil.Error, OSError):
        return False
    return "TANDEM_PROCESS" in env and env.get("TANDEM_HOME") == str(home())


class AlreadyRunning(Exception):
    """Another supervisor holds this installation; the message says where."""


@contextlib.contextmanager
def lock(url: str) -> Iterator[int]:
    """Hold this installation; yields the lock's descriptor.

    The guard inherits the descriptor, so after a supervisor was killed this waits until its guard is done.
    """
    home().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home() / "lock").open("a+") as file:
        deadline = time.monotonic() + PATIENCE
        while not take(file):
            file.seek(0)
            holder = json.loads(file.read() or "{}")
            if time.monotonic() > deadline or is_alive(holder.get("pid")):
                where = ", ".join(str(part) for part in (f"pid {holder.get('pid')}", holder.get("url")))
                raise AlreadyRunning(f"Tandem is already running in {home()} ({where}).")
            time.sleep(0.1)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "url": url}))
        file.flush()
        yield file.fileno()
        file.truncate(0)


def take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_alive(pid: int | None) -> bool:
    """False for a moment at most after it took the lock and before it wrote its number."""
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid is not None


def running_at() -> str | None:
    """The address of this installation while it runs."""
    file = home() / "lock"
    holder = json.loads((file.exists() and file.read_text()) or "{}")
    return holder.get("url") if is_alive(holder.get("pid")) else None
