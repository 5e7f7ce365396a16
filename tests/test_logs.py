import logging
import sys

import pytest
from django.core.exceptions import DisallowedHost

from labeling.logs import Quiet


@pytest.fixture
def line():
    """What a log would have of a message."""

    def said(name: str, message: str, *args: object) -> str | None:
        record = logging.LogRecord(name, logging.WARNING, "", 0, message, args, None)
        return record.getMessage() if Quiet().filter(record) else None

    return said


def test_it_hides_the_token_of_a_sign_in_link(line):
    assert line("django.security.csrf", "Forbidden (%s): %s", "no cookie", "/sign-in/s3-cr_et/") == (
        "Forbidden (no cookie): /sign-in/…/"
    )


def test_it_drops_what_a_monitor_asks_for(line):
    assert line("django.request", "%s: %s", "Service Unavailable", "/healthz") is None


def test_it_leaves_the_rest_alone(line):
    assert line("django.request", "%s: %s", "Not Found", "/nowhere/") == "Not Found: /nowhere/"


def test_a_request_under_a_false_name_is_a_line_without_a_traceback():
    try:
        raise DisallowedHost("Invalid HTTP_HOST header: 'evil.example'.")
    except DisallowedHost as error:
        record = logging.LogRecord(
            "django.security.DisallowedHost", logging.ERROR, "", 0, str(error), (), sys.exc_info()
        )
    assert Quiet().filter(record)
    assert logging.Formatter().format(record) == "Invalid HTTP_HOST header: 'evil.example'."
