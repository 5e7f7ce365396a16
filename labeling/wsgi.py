"""Pages. `labeling.asgi` serves these and the streams from one address."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
django.setup(set_prefix=False)


class Request(WSGIRequest):
    """What belongs to one (who signed in, messages, htmx) refers back to it, and would stay until garbage is sought."""

    def close(self) -> None:
        super().close()
        self.__dict__.clear()


class Handler(WSGIHandler):
    request_class = Request


application = Handler()
