"""One origin, two ways of serving it: pages in threads as WSGI, open streams on the event loop.

A page under ASGI costs about 40 % more; a stream under WSGI would hold one of the few threads that serve pages.

A request's body is read here, whole, before a thread is taken for it: a slow client costs no thread, and a body that
was cut off is never mistaken for a complete one, as a prompt without its end would be. Forms are UTF-8: of whatever
else a request may say about its body, Django tries some and fails at others.
"""

import asyncio
import gc
import os
from functools import lru_cache
from typing import Any

from django.core.asgi import get_asgi_application
from django.template import loader
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
streams = get_asgi_application()

from labeling import pages  # noqa: E402 - settings first

# What is here now stays: to look it through for garbage with every few requests took a twentieth of their time.
gc.freeze()
gc.set_threshold(20_000, 20, 20)

LARGEST_BODY = 2_000_000  # bytes; nothing that is posted here comes near
PATIENCE = 30.0  # seconds a client gets to send its body


class Refused(Exception):
    """The status to answer with; None when there is nobody left to answer."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"].startswith("/streams/"):
        await streams(scope, receive, send)
        return
    if not is_readable(next((value for name, value in scope["headers"] if name == b"content-type"), b"")):
        await answer(send, 400, loader.get_template("400.html").render().encode())
        return
    try:
        async with asyncio.timeout(PATIENCE):
            body = await whole_body(receive)
    except Refused as refused:
        if refused.status:
            await answer(send, refused.status)
    except TimeoutError:
        await answer(send, 408)
    else:
        await pages.serve(scope, body, send)


@lru_cache(maxsize=64)
def is_readable(content_type: bytes) -> bool:
    """Whether it can be understood, and names no character set but UTF-8."""
    try:
        _kind, parameters = parse_header_parameters(content_type.decode("latin-1"))
    except (ValueError, LookupError):
        return False
    return parameters.get("charset", "utf-8").lower() == "utf-8"


async def whole_body(receive: Any) -> bytes:
    """Refused when it is too large, or when the client left before its end."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(None)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise Refused(413)
    return bytes(body)


async def answer(send: Any, status: int, page: bytes = b"") -> None:
    headers = [(b"content-length", b"%d" % len(page)), (b"connection", b"close")]
    if page:
        headers += [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
