"""One origin, two ways of serving it: pages in threads as WSGI, open streams on the event loop.

A page under ASGI costs about 40 % more; a stream under WSGI would hold one of the few threads that serve pages.

A request's body is read here, whole, before a thread is taken for it: a slow client costs no thread, and a body that
was cut off is never mistaken for a complete one, as a prompt without its end would be.
"""

import asyncio
import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
streams = get_asgi_application()

from labeling.wsgi import application as wsgi  # noqa: E402 - settings first

LARGEST_BODY = 2_000_000  # bytes; nothing that is posted here comes near
PATIENCE = 30.0  # seconds a client gets to send its body

pages: Any = WSGIMiddleware(cast(Any, wsgi), workers=int(os.environ.get("WEB_THREADS", "4")))


class Refused(Exception):
    """The status to answer with; None when there is nobody left to answer."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"].startswith("/streams/"):
        await streams(scope, receive, send)
        return
    try:
        body = await asyncio.wait_for(whole_body(receive), PATIENCE)
    except Refused as refused:
        if refused.status:
            await answer(send, refused.status)
    except TimeoutError:
        await answer(send, 408)
    else:
        await pages(scope, Once(body, receive), send)


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


class Once:
    """`receive` for a body that is there already; after it, whatever the server has to say."""

    def __init__(self, body: bytes, receive: Any) -> None:
        self.messages = [{"type": "http.request", "body": body, "more_body": False}]
        self.receive = receive

    async def __call__(self) -> Any:
        return self.messages.pop() if self.messages else await self.receive()


async def answer(send: Any, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
