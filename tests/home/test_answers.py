"""Answers as they go out over a real socket."""

from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.processes import PATIENCE

LARGE = "admin/js/vendor/jquery/jquery.js"  # goes out in portions


@pytest.mark.parametrize("path", ["tandem.css", LARGE])
def test_a_file_arrives_whole_however_large_it_is(installation, path):
    asking = HTTPConnection("127.0.0.1", installation.port, timeout=PATIENCE)
    asking.request("GET", f"/static/{path}")
    assert asking.getresponse().read() == Path(finders.find(path)).read_bytes()


def test_of_a_page_that_was_only_asked_about_comes_its_head(installation):
    asking = HTTPConnection("127.0.0.1", installation.port, timeout=PATIENCE)
    asking.request("HEAD", "/accounts/login/")
    answer = asking.getresponse()
    assert answer.status == 200
    assert answer.read() == b""
