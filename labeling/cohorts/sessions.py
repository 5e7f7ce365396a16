"""Whose request it is: session and person, looked up for each request, so that signing out anywhere counts at once.

Django would put the two queries together anew each time, which takes three times as long as asking them. They are one
where this process has seen the session before, and so knows whom to read along with it: what it remembers is whom to
ask for, never that the session is theirs, which the session itself says each time.
"""

import json
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, TypeVar

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import Model

from labeling import rows
from labeling.cohorts.models import Person
from labeling.postgresql.base import Row
from labeling.postgresql.statements import Statement

M = TypeVar("M", bound=Model)

MOST = 10_000  # sessions that are remembered

owners: dict[str, int] = {}  # the person's key by the session's
read_along: ContextVar[Person | None] = ContextVar("read_along", default=None)


class SessionStore(DatabaseStore):
    """The setting SESSION_ENGINE names this module."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        read_along.set(None)  # what an earlier request read is no answer to this one

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        self._remember(data)
        return data

    def save(self, must_create: bool = False) -> None:
        super().save(must_create)
        self._remember(dict(self.items()))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        return dict(json.loads(verified(session_data)))

    def _remember(self, data: dict[str, Any]) -> None:
        if SESSION_KEY in data and self.session_key:
            if len(owners) >= MOST:
                owners.clear()
            owners[self.session_key] = int(data[SESSION_KEY])

    def _get_session_from_db(self) -> Session | None:
        known = {"person": owners.get(self.session_key or ""), "session": self.session_key}
        found = first(session_with_person(), **known)
        if found is None:
            self._session_key = None  # as the store of Django does, which then begins a new one
            return None
        width = len(columns(Session))
        read_along.set(made(Person, found[width:]))
        return made(Session, found[:width])


@lru_cache(maxsize=MOST)
def verified(session_data: bytes | str) -> str:
    """What a session says, once its signature is found to be ours: the same text says the same."""
    return json.dumps(DatabaseStore().decode(session_data))


class Backend(AuthenticationBackend):
    def get_user(self, user_id: int) -> Person | None:
        person = read_along.get()
        read_along.set(None)
        if person is None or person.pk != user_id:
            found = first(person_alone(), person=user_id)
            person = made(Person, found) if found else None
        return person if person and self.user_can_authenticate(person) else None


def first(statement: Statement, **values: Any) -> Row | None:
    return next(iter(statement.rows(values)), None)


def made(model: type[M], values: tuple[Any, ...]) -> M:
    names = [field.attname for field in model._meta.concrete_fields]
    return rows.made(model, dict(zip(names, values, strict=True)))


@cache
def columns(model: type[Model]) -> list[str]:
    return [f"{model._meta.db_table}.{field.column}" for field in model._meta.concrete_fields]


@cache
def session_with_person() -> Statement:
    """Takes the key of the person, or none, and that of the session."""
    return Statement(f"""
        SELECT {", ".join(columns(Session) + columns(Person))}
        FROM django_session LEFT JOIN cohorts_person ON cohorts_person.id = %(person)s
        WHERE session_key = %(session)s AND expire_date > now()
    """)  # noqa: S608 - names only


@cache
def person_alone() -> Statement:
    return Statement(f"SELECT {', '.join(columns(Person))} FROM cohorts_person WHERE id = %(person)s")  # noqa: S608
