"""Pages: Django as WSGI, in threads behind an ASGI server.

A request's body is here before it starts, and an answer is made before it is sent, unless it is a large one. The
middleware of a2wsgi, which needs neither, goes back and forth between thread and event loop for both, and took more
than twice the time for it: 0.9 ms a request.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

from a2wsgi.wsgi import build_environ

from labeling.wsgi import application

PORTION = 64 * 1024  # bytes of an answer that are sent before the rest is made

threads = ThreadPoolExecutor(int(os.environ.get("WEB_THREADS", "4")), thread_name_prefix="page")

Message = dict[str, Any]  # of ASGI


async def serve(scope: dict[str, Any], body: bytes, send: Any) -> None:
    loop = asyncio.get_running_loop()

    async def sent(message: Message) -> None:
        await send(message)

    def emit(message: Message) -> None:
        asyncio.run_coroutine_threadsafe(sent(message), loop).result()

    environ = build_environ(cast(Any, scope), cast(Any, BytesIO(body)))
    for message in await loop.run_in_executor(threads, answered, environ, emit):
        await send(message)


def answered(environ: Any, emit: Callable[[Message], None]) -> list[Message]:
    """What is left to be sent of the answer. Begun, iterated and closed in one thread, which has its connection."""
    left: list[Message] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        left.append({"type": "http.response.start", "status": int(status[:3]), "headers": lines})

    answer = application(environ, cast(Any, start))
    try:
        part = bytearray()
        for chunk in answer:
            part += chunk
            if len(part) >= PORTION:
                for message in [*left, {"type": "http.response.body", "body": bytes(part), "more_body": True}]:
                    emit(message)
                left.clear()
                part.clear()
    finally:
        cast(Any, answer).close()
    return [*left, {"type": "http.response.body", "body": bytes(part)}]
