"""One origin, two ways of serving it: pages in threads as WSGI, open streams on the event loop.

A page under ASGI costs about 40 % more; a stream under WSGI costs a thread for as long as it is open.
"""

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
streams = get_asgi_application()

from labeling.wsgi import application as wsgi  # noqa: E402 - settings first

pages: Any = WSGIMiddleware(cast(Any, wsgi), workers=int(os.environ.get("WEB_THREADS", "8")))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    async def listen() -> Any:
        """`receive` as the coroutine that a2wsgi asks for; a server may give any awaitable."""
        return await receive()

    serve = streams if scope["path"].startswith("/streams/") else pages
    await serve(scope, listen, send)
