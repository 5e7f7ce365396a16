"""What a cycle is made of: its statements, and whose processor time it takes, in a process that does nothing else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.cohorts.models import Person
from labeling.comparisons import views

CYCLES = 300


class Share:
    """Processor time inside some functions. Not for functions that call each other."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        began = time.process_time()
        try:
            yield
        finally:
            self.seconds += time.process_time() - began

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **kwargs: Any) -> Any:
            with self.measured():
                return function(*args, **kwargs)

        return measured


def told(person: Person, page: str, judge: Callable[[str], tuple[str, dict[str, str]]]) -> str:
    """`judge` finds in a page where its judgement goes, and what it says."""
    settings.ALLOWED_HOSTS.append("testserver")
    client, text = Client(headers={"HX-Request": "true"}), ""
    client.force_login(person)
    text = client.get(page, headers={"HX-Request": ""}).content.decode()

    def cycle() -> None:
        nonlocal text
        url, fields = judge(text)
        text = client.post(url, fields).content.decode()

    for _ in range(20):
        cycle()
    with CaptureQueriesContext(connection) as queries:
        cycle()
        statements = len(queries)
    templates, asking, whole = Share(), Share(), Share()
    database = connections[DEFAULT_DB_ALIAS]
    before = views.mould.cast, views.render, database._call
    views.mould.cast, views.render = map(templates.of, before[:2])  # type: ignore[assignment]
    database._call = asking.of(database._call)  # what is asked by libpq; the rest goes through a wrapper
    try:
        with whole.measured(), connection.execute_wrapper(lambda execute, *args: asking.of(execute)(*args)):
            for _ in range(CYCLES):
                cycle()
    finally:
        views.mould.cast, views.render, database._call = before
    each = [1000 * share.seconds / CYCLES for share in (whole, templates, asking)]
    return (
        f"a cycle: {statements} statements, BEGIN and COMMIT included; {each[0]:.1f} ms in one process, of which "
        f"templates {each[1]:.1f}, sending statements {each[2]:.1f}, "
        f"all else of Django and of ours {each[0] - each[1] - each[2]:.1f}"
    )
