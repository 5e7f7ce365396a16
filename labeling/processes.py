"""The processes of one installation, and the supervisor that keeps them running.

Each process leads a session and group of its own: Ctrl-C in a terminal reaches the supervisor alone, which
stops them in order, and whatever a process started (beat, granian's workers) ends with its group. A guard,
one more process, reads from a pipe: should the supervisor be killed outright, the guard ends the groups.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from labeling.embedded import enclose, shorten
from labeling.stack import REPOSITORY, addresses, home

GRACE = {
    "web": 5.0,
    "generation": 10.0,
    "training": 60.0,  # to keep what it has come to
    "labeling": 10.0,
    "datasets": 10.0,
    "receipts": 10.0,
}  # seconds between TERM and KILL
GUARD_GRACE = 5.0
MOST_CONNECTIONS = 8192  # of a web process; granian stops at 1024 of all together, open streams and idle ones too
OPEN_FILES = 10_240  # of which each of them is one
STEADY = 60.0  # seconds after which a process that ran counts as sound again
LONGEST_PAUSE = 30.0
SECRETS = ("DATABASE_URL", "SECRET_KEY", "METRICS_TOKEN", "EMAIL_URL", "OIDC_CLIENT_SECRET")
NO_SECRETS = dict.fromkeys(SECRETS)  # the model side needs none of them
NO_KEYS = {"OPENAI_API_KEY": None, "HF_TOKEN": None}  # nor the web side the keys to other people's models
DEFAULT_MODEL = "smollm2-135m-instruct"


@dataclass(frozen=True)
class Process:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str | None] = field(default_factory=dict)  # over the supervisor's; None takes away


def host() -> str:
    return os.environ.get("HOST") or "127.0.0.1"


def web(port: int) -> Process:
    """As many processes as there are cores to serve pages on, for each of them uses one at most."""
    workers = os.environ.get("WEB_WORKERS") or str(min(os.cpu_count() or 1, 4))
    address = ("--interface", "asginl", "--host", host(), "--port", str(port))
    many = ("--workers", workers, "--backpressure", str(MOST_CONNECTIONS))
    calm = ("--no-ws", "--workers-kill-timeout", "3", "--log-level", "warning")
    granian = (sys.executable, "-m", "granian", *address, *many, *calm, "labeling.asgi:application")
    return Process("web", granian, NO_KEYS)


def labeling() -> Process:
    schedule = ("-B", "--schedule", str(home() / "schedule"))
    return Process("labeling", (*celery("labeling.celery", "labeling", "labeling", 2), *schedule), NO_KEYS)


def datasets() -> Process:
    """Files in and out: one at a time, each of which may take minutes that nothing else waits for."""
    return Process("datasets", celery("labeling.celery", "datasets", "datasets", 1), NO_KEYS)


def receipts() -> Process:
    return Process("receipts", celery("labeling.receipts", "receipts", "receipts", 4), NO_KEYS)


def generation(preload: str = DEFAULT_MODEL) -> Process:
    """It is nice to the pages."""
    worker = celery("models_runtime.worker", "generation", "", 16)  # its queues follow from SERVES
    return Process("generation", ("nice", "-n", "5", *worker), {**model_side(), "PRELOAD_SOURCES": preload})


def training() -> Process:
    """It is nice to the pages, and to whoever waits for a response. With files, since it reads and writes them."""
    worker = celery("models_runtime.training_worker", "training", "", 1)
    return Process("training", ("nice", "-n", "10", *worker), {**model_side(), "ARTIFACT_URL": addresses().artifacts})


def model_side() -> dict[str, str | None]:
    """It gets addresses in its environment, for it knows no `labeling`."""
    where = addresses()
    env = {
        "BROKER_URL": where.broker,
        "STREAM_URL": where.stream,
        "MODEL_FOLDERS": os.pathsep.join(filter(None, [str(home() / "models"), os.environ.get("MODEL_FOLDERS")])),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(min(os.cpu_count() or 1, 8)),
        "TOKENIZERS_PARALLELISM": "false",
    }
    if not os.environ.get("HUB_MODELS", "").strip():
        env["HF_HUB_OFFLINE"] = "1"
    return {**env, **NO_SECRETS}


def celery(app: str, name: str, queues: str, threads: int) -> tuple[str, ...]:
    worker = (sys.executable, "-m", "celery", "-A", app, "worker", "-n", f"{name}@%h")
    return (
        *worker,
        *(("-Q", queues) if queues else ()),
        "--pool",
        "threads",
        "-c",
        str(threads),
        "-l",
        "info",
        "--without-mingle",
        "--without-gossip",
        "--without-heartbeat",
    )


@dataclass
class Child:
    process: Process
    running: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    failures: int = 0
    due: float | None = None  # when to start it again


def allow_open_files() -> None:
    """For this process and what it starts, as many as the system lets it have: it begins with a thousand, or fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Supervisor:
    """Starts, restarts and stops processes. One thread calls it; setting `hurry` cuts short all waiting.

    `inherit` are descriptors the guard keeps open for as long as anything may still be running.
    """

    def __init__(
        self,
        processes: Iterable[Process],
        *,
        say: Callable[[str], None] = print,
        hurry: Event | None = None,
        inherit: Sequence[int] = (),
    ) -> None:
        self.children = {process.name: Child(process) for process in processes}
        self.say = say
        self.hurry = hurry or Event()
        allow_open_files()
        self.guard = subprocess.Popen(
            [sys.executable, "-S", "-m", "labeling.processes", str(home())],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=tuple(inherit),
        )

    def start(self, name: str) -> None:
        child = self.children[name]
        log = self.log(name)
        enclose(log.parent)
        shorten(log)
        own = {"TANDEM_HOME": str(home()), "TANDEM_PROCESS": name, "PYTHONUNBUFFERED": "1"}
        # Celery loads Django wherever it sees this name; who needs Django sets it himself.
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": None, **own, **child.process.env}
        with log.open("ab") as output:
            child.running = subprocess.Popen(
                child.process.argv,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={key: value for key, value in env.items() if value is not None},
                start_new_session=True,
            )
        child.since, child.due = time.monotonic(), None
        self._tell_guard(f"+{child.running.pid}")

    def log(self, name: str) -> Path:
        return home() / "logs" / f"{name}.log"

    def watch(self) -> None:
        """Notice what has died, start again what is due; call it about twice a second."""
        now = time.monotonic()
        for name, child in self.children.items():
            if child.running and child.running.poll() is not None:
                code = self._bury(child)
                child.failures = 1 if now - child.since > STEADY else child.failures + 1
                pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE)
                child.due = now + pause
                self.say(f"{name} ended ({reason(code)}); it starts again in {pause:.0f} s. See {self.log(name)}")
            elif child.due is not None and now >= child.due:
                self.start(name)

    def stop(self, *names: str) -> None:
        """Ask all of them at once to finish, wait as long as each may take, then end what is left."""
        children = {name: child for name in names if (child := self.children[name]).running}
        for name in names:
            self.children[name].due = None
        for child in children.values():
            self.send(child.process.name, signal.SIGTERM)
        asked = time.monotonic()
        for name, child in children.items():
            while child.running and child.running.poll() is None:
                if self.hurry.wait(0.02) or time.monotonic() > asked + GRACE.get(name, 10.0):
                    break
            self._bury(child)

    def send(self, name: str, number: signal.Signals) -> None:
        """To the process itself, not to its group."""
        if running := self.children[name].running:
            running.send_signal(number)

    def close(self) -> None:
        """Pages first, so that nobody asks for what is no longer done; then the workers."""
        self.stop(*({"web"} & self.children.keys()))
        self.stop(*self.children)
        if self.guard.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.guard.stdin.close()
        self.guard.wait()

    def _bury(self, child: Child) -> int:
        """End whatever is left of its group; its exit status."""
        if child.running is None:
            return 0
        signal_group(child.running.pid, signal.SIGKILL)
        code = child.running.wait()
        self._tell_guard(f"-{child.running.pid}")
        child.running = None
        return code

    def _tell_guard(self, line: str) -> None:
        if self.guard.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.guard.stdin.write(f"{line}\n".encode())
                self.guard.stdin.flush()


def reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def signal_group(group: int, number: int) -> bool:
    """False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return False
    return True


def guard() -> None:
    """Read `+pid` and `-pid` until the supervisor ends, then end the groups it did not end itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    deadline = time.monotonic() + GUARD_GRACE
    groups = {group for group in groups if signal_group(group, signal.SIGTERM)}
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group for group in groups if signal_group(group, 0)}
    for group in groups:
        signal_group(group, signal.SIGKILL)


if __name__ == "__main__":
    guard()
