import logging

import pytest

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
