"""The people of the table, each signed in once, and requests of theirs that leave the world as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from tests.access import world as made
from tests.access.table import RULES, STRANGER
from tests.cohorts.limits import forget

FORM = "application/x-www-form-urlencoded"
# What writes nothing: no function that anything calls by SELECT does.
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")
# Rows that were written since the transaction began, undone ones included. A session is kept for whoever comes.
WRITTEN = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables
WHERE relname <> 'django_session'
"""


@dataclass
class Answer:
    status: int
    leads_to: str  # where it redirects to
    end: int  # the status there
    written: int  # rows

    @property
    def asks_to_sign_in(self) -> bool:
        return self.status == 302 and self.leads_to.startswith("/accounts/login/?next=")

    @property
    def refuses(self) -> bool:
        """As if there were nothing."""
        return self.asks_to_sign_in or self.status in (401, 403, 404)

    @property
    def leads_on(self) -> bool:
        """It may refuse what was sent, but not who sent it."""
        return not self.asks_to_sign_in and {self.status, self.end}.isdisjoint({401, 403, 404, 405})


@dataclass
class World:
    clients: dict[str, Client]
    arguments: dict[str, Any]
    written: int = 0
    may_have_written: bool = False  # since the rows were counted last

    def address(self, name: str) -> str:
        return reverse(name, args=[self.arguments[argument] for argument in RULES[name].arguments])

    def ask(self, who: str, method: str, path: str, body: bytes = b"", **more: Any) -> Answer:
        """Undone afterwards, what it did to the session of this person included."""
        client = self.clients[who]
        with self.undone(client):
            found = client.generic(method, path, body, **more)
            rows = self.rows()
            leads_to = found.get("Location", "")
            return Answer(
                found.status_code, leads_to, follow(client, leads_to) if leads_to else found.status_code, rows
            )

    def fill_in(self, who: str, name: str, fields: dict[str, Any]) -> Answer:
        return self.ask(who, "POST", self.address(name), urlencode(fields, doseq=True).encode(), content_type=FORM)

    @contextmanager
    def undone(self, client: Client) -> Iterator[None]:
        cookies = copy(client.cookies)
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            client.cookies = cookies
            self.rows()

    def rows(self) -> int:
        """How many were written since this was asked last. Most requests only read: then nobody need count."""
        if not self.may_have_written:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(WRITTEN)
            before, self.written = self.written, int(cursor.fetchone()[0])
        self.may_have_written = False
        return self.written - before

    def watch(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        """Each statement, on its way to the database."""
        self.may_have_written |= not str(sql).lstrip().startswith(READS) and sql != WRITTEN
        return execute(sql, *rest)


def follow(client: Client, to: str) -> int:
    """The status in the end. To sign-in, and to files and other servers, it is known."""
    if to.startswith(("/accounts/login/?next=", "/static/")) or not to.startswith("/"):
        return 200
    return int(client.get(to, follow=True).status_code)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for all tests of a file, each of which leaves it as it was."""
    mail = override_settings(SENDS_MAIL=True, ACCOUNT_RATE_LIMITS=False)
    with django_db_blocker.unblock(), mail, transaction.atomic():
        project, everybody = made.people()
        clients = {STRANGER: Client()} | {who: Client() for who in everybody}
        for who, person in everybody.items():
            clients[who].force_login(person)
        world = World(clients, made.arguments(project, everybody))
        world.may_have_written = True  # all of the above
        world.rows()
        with connection.execute_wrapper(world.watch):
            yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def no_attempts(db: None) -> None:
    forget()
