"""Signing in with a password, and where one is led from there."""

import pytest

ADDRESS = "/accounts/login/"


@pytest.fixture
def password(alice):
    alice.set_password("correct horse battery")
    alice.save()
    return {"login": alice.email, "password": "correct horse battery"}


def test_it_leads_to_the_page_that_was_asked_for(client, password):
    assert client.post(f"{ADDRESS}?next=/projects/", password | {"next": "/projects/"}).url == "/projects/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "http://[::1", "javascript:alert(1)"])
def test_it_leads_nowhere_else(client, password, elsewhere):
    assert client.get(ADDRESS, {"next": elsewhere}).status_code == 200
    assert client.post(ADDRESS, password | {"next": elsewhere}).url == "/"
    assert client.get(ADDRESS, {"next": elsewhere}).url == "/"
