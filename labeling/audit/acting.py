"""Who acts, or what: told to the database with each statement that changes what is watched, and with no other."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from inspect import iscoroutinefunction
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from labeling.audit.kinds import WATCHED

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)

request_now: ContextVar[HttpRequest | None] = ContextVar("request_now", default=None)
joining_now: ContextVar[int | None] = ContextVar("joining_now", default=None)
command_now: ContextVar[str] = ContextVar("command_now", default="")


@sync_and_async_middleware
def acting_person(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware. A judgement costs no statement more: nothing that annotating writes is watched. Nor does a stream."""
    if iscoroutinefunction(get_response):  # streams, which change nothing
        return get_response

    def answer(request: HttpRequest) -> Any:
        if request.method in SAFE:
            return get_response(request)
        token, nobody = request_now.set(request), joining_now.set(None)
        try:
            with connection.execute_wrapper(sign):
                return get_response(request)
        finally:
            joining_now.reset(nobody)
            request_now.reset(token)

    return answer


@contextmanager
def acting_command(name: str) -> Iterator[None]:
    """While a command of manage.py does something."""
    token = command_now.set(name)
    try:
        with connection.execute_wrapper(sign):
            yield
    finally:
        command_now.reset(token)


def note_joining(person: int, **signal: Any) -> None:
    """Receives `joins`: until the request ends, who makes an account for themselves acts as whom it makes them."""
    joining_now.set(person)


def acting_now() -> int | None:
    """The person whose request this is, or who joins by it; None outside of one, and for a stranger."""
    request = request_now.get()
    user = getattr(request, "user", None)
    return (user.pk if user is not None else None) or joining_now.get()


def sign(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """The name is written into the transaction of the statement, so it can reach nobody else's: a pooler may give the
    connection to another process after each."""
    found = WRITES.match(sql)
    if found is None or found[1] not in tables():
        return execute(sql, params, many, context)
    if not connection.in_atomic_block:
        with transaction.atomic():
            return sign(execute, sql, params, many, context)
    with connection.cursor() as cursor:
        names = [str(acting_now() or ""), command_now.get()]
        cursor.execute("SELECT set_config('tandem.actor', %s, true), set_config('tandem.command', %s, true)", names)
    return execute(sql, params, many, context)


@cache
def tables() -> frozenset[str]:
    return frozenset(apps.get_model(kind.model)._meta.db_table for kind in WATCHED)
