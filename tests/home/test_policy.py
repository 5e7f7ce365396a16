"""The policy of content security, which every page has."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/healthz", "/nowhere/"])
def test_every_page_has_it_whatever_it_is(client, path):
    policy = dict(part.split(" ", 1) for part in client.get(path)["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"]) == ("'none'", "'self'")
    assert (policy["style-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'self'", "'none'", "'none'")
