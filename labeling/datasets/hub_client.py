"""How a hub is asked: it may take PATIENCE for each answer, and is asked nothing more for whoever is to leave it.

The client by itself waits for ever, and asks again for minutes what was not answered.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx2 import Client, Request

PATIENCE = 60.0  # seconds in which not a byte comes or goes

_go_on: ContextVar[Callable[[], None] | None] = ContextVar("go_on", default=None)


@contextmanager
def asking(go_on: Callable[[], None] | None) -> Iterator[None]:
    """Before each request of this thread `go_on` is asked, which raises what ends it."""
    set_up()
    before = _go_on.set(go_on)
    try:
        yield
    finally:
        _go_on.reset(before)


@cache
def set_up() -> None:
    """Once in a process: all that ask share a client."""
    from huggingface_hub import set_client_factory

    set_client_factory(client)


def client() -> "Client":
    from httpx2 import Client

    return Client(event_hooks={"request": [heard]}, follow_redirects=True, timeout=PATIENCE)


def heard(_request: "Request") -> None:
    if go_on := _go_on.get():
        go_on()
