"""Where PostgreSQL, Valkey and the artifact folder of this installation are, and how to run our own.

Whatever the environment names (DATABASE_URL, BROKER_URL, STREAM_URL, ARTIFACT_URL) is used as it is; only
what is missing is embedded: a PostgreSQL 18 for the database, one Valkey for the broker (its db 0) and the
stream (its db 1). What leads off this machine must be encrypted (`links`). Embedded servers listen on unix
sockets alone, in folders that only this user can enter.
Their addresses follow from TANDEM_HOME, so every process finds them without asking or starting anything.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from labeling.embedded import Database, Queue, StackError
from labeling.links import database_refusal, refusal, verified

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 107 on Linux, 103 on macOS


def home() -> Path:
    """TANDEM_HOME: everything this installation keeps. Resolved: two routes to it are one installation."""
    return Path(os.environ.get("TANDEM_HOME") or REPOSITORY / ".tandem").expanduser().resolve()


@dataclass(frozen=True)
class Addresses:
    database: str
    broker: str
    stream: str
    artifacts: str
    own_database: bool
    own_queue: bool

    @property
    def embedded(self) -> bool:
        return self.own_database or self.own_queue


def addresses() -> Addresses:
    """Deterministic: the environment first, then the sockets of the stack under home().

    StackError when one that is given is not fit to be used.
    """
    refuse_what_is_unsafe()
    given = os.environ.get
    folder = sockets(home())
    queue = folder / "queue" / "valkey.sock"
    return Addresses(
        database=given("DATABASE_URL") or f"postgresql:///tandem?host={folder / 'database'}&port=5432&user=postgres",
        broker=verified(given("BROKER_URL") or "") or f"redis+socket://{queue}?virtual_host=0",
        stream=verified(given("STREAM_URL") or "") or f"unix://{queue}?db=1",
        artifacts=given("ARTIFACT_URL") or str(home() / "artifacts"),
        own_database=not given("DATABASE_URL"),
        own_queue=not (given("BROKER_URL") and given("STREAM_URL")),
    )


def refuse_what_is_unsafe() -> None:
    refused = [refusal(name, url) for name in ("BROKER_URL", "STREAM_URL") if (url := os.environ.get(name))]
    if url := os.environ.get("DATABASE_URL"):
        refused.append(database_refusal(url))
    if sentences := " ".join(filter(None, refused)):
        raise StackError(f"{sentences} docs/deploying.md shows how.")


def sockets(base: Path) -> Path:
    """The folder of the sockets: under `base`, unless that path is too long for a socket or awkward in a URL.

    Not under TMPDIR or XDG_RUNTIME_DIR, which differ between the shells that must agree on this place.
    """
    folder = base / "sockets"
    if len(bytes(folder / "database" / ".s.PGSQL.5432")) <= LONGEST_SOCKET and re.fullmatch(
        r"[\w./-]+", str(folder), re.ASCII
    ):
        return folder
    name = hashlib.sha256(bytes(base)).hexdigest()[:16]
    return Path(f"/tmp/tandem-{os.geteuid()}-{name}")  # noqa: S108 (private() refuses a folder of somebody else's)


class Stack:
    """The embedded servers of one installation. start() may be repeated; it adopts what a killed run left.

    `durable=False` trades the safety of the data for speed: for tests.
    """

    def __init__(self, *, durable: bool = True) -> None:
        where, base = addresses(), home()
        self.servers: list[Queue | Database] = []
        if where.own_queue:
            self.servers.append(Queue(base, sockets(base)))
        if where.own_database:
            self.servers.append(Database(base, sockets(base), durable=durable))

    def start(self) -> None:
        for server in self.servers:
            server.start()

    def has_fallen(self) -> bool:
        return not all(server.is_there() for server in self.servers)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
