"""What streams ask the database: briefly, and with one connection for all streams of a process.

Whoever has a stream open asks again every few seconds. The connection is kept as long as anybody has, for to open one
takes ten times as long as to look; when many pages come back at once, they take turns.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")

thread = ThreadPoolExecutor(1, "look")
open_streams = 0


def briefly(query: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """In the thread that has the connection."""

    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return query(*args, **kwargs)
        finally:
            close_unless_needed()

    return sync_to_async(asked, thread_sensitive=False, executor=thread)


@asynccontextmanager
async def kept_connection() -> AsyncIterator[None]:
    """While a stream is open. All of a process are on one event loop, so nobody counts beside this one."""
    global open_streams
    open_streams += 1
    try:
        yield
    finally:
        open_streams -= 1
        thread.submit(close_unless_needed)


def close_unless_needed() -> None:
    if not open_streams:
        connection.close()
