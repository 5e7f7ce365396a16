"""How long a page takes, on the clock and of the processors, and how many statements: in this process, without a server
before it. What the processors were at work, a machine that is busy with something else does not change much."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.cohorts.models import Person
from models_runtime.figures import quantile

PER_TICK = 1000 / os.sysconf("SC_CLK_TCK")  # ms


@dataclass(frozen=True)
class Took:
    """`web` and `database` are milliseconds of the processors a request; p50 and p95 those on the clock."""

    address: str
    statements: int
    web: float
    database: float
    p50: float
    p95: float

    def __str__(self) -> str:
        worked = f"at work {self.web:4.0f} + {self.database:4.0f} ms"
        return f"{worked}, p50 {self.p50:5.0f} ms, p95 {self.p95:5.0f} ms  {self.address}"


def measured(client: Client, address: str, runs: int) -> Took:
    """Once before it counts."""
    seen(client, address)
    took, web, database = [], time.process_time(), ticks()
    for _ in range(runs):
        began = time.perf_counter()
        seen(client, address)
        took.append(1000 * (time.perf_counter() - began))
    web, database = time.process_time() - web, ticks() - database
    p50, p95 = (quantile(sorted(took), part) or 0 for part in (0.5, 0.95))
    return Took(address, statements(client, address), 1000 * web / runs, PER_TICK * database / runs, p50, p95)


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        seen(client, address)
    return len(captured)


def seen(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        sys.exit(f"{address} answers {answer.status_code}")


def signed_in(person: Person) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    return client


def ticks() -> int:
    """How many of its ticks the database was at work for us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    return sum(int(field) for field in process.read_text().rsplit(")", 1)[1].split()[11:13])
