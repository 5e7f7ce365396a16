"""What people are told while the database cannot be reached."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.deprecation import MiddlewareMixin

logger = logging.getLogger(__name__)


AWAY = (OperationalError, InterfaceError)


def back_in_a_moment(exception: Exception) -> HttpResponse:
    """503 in place of a server error: it passes by itself, and one line in the log says why."""
    logger.warning("The database did not answer: %s", exception)
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    return HttpResponse(loader.get_template("503.html").render(), status=503, headers=headers)


class DatabaseAway(MiddlewareMixin):
    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return back_in_a_moment(exception) if isinstance(exception, AWAY) else None
