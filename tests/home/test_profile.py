"""What people may know and change about themselves."""

import time

import pytest

from labeling.cohorts import accounts
from labeling.cohorts.models import SignInLink
from tests.projects.pages import words

NEW = "harbour-eleven-quiet-fig"


@pytest.fixture
def mine(client, alice):
    client.force_login(alice)
    return client


def test_it_shows_what_is_known_of_one(mine, alice):
    page = words(mine.get("/profile/"))
    assert alice.email in page and alice.pseudonym in page
    assert "Your profile" in words(mine.get("/")), "the menu leads there"


VIEW = {"layout": "stacked", "scrolling": "together"}


def test_it_takes_another_name_and_how_one_wants_to_work(mine, alice):
    sent = {"name": "Alice Ngo", "email": "other@example.org", "pseudonym": "P-1", "is_staff": "on", **VIEW}
    assert mine.post("/profile/", {**sent, "blurs_texts": "on"}).url == "/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.layout, alice.scrolling, alice.blurs_texts) == ("Alice Ngo", *VIEW.values(), True)
    assert (alice.email, alice.is_staff) == ("alice@example.org", False)
    assert alice.pseudonym != "P-1"


def test_nobody_is_nameless(mine, alice):
    page = mine.post("/profile/", {"name": " ", **VIEW})
    assert page.status_code == 422 and "Give a name." in words(page)
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_a_password_is_set_then_changed_and_one_stays_signed_in(mine, alice):
    alice.set_unusable_password()
    alice.save()
    mine.force_login(alice)
    first, second = "plum-window-seven-tram", "harbour-eleven-quiet-fig"
    refused = mine.post("/accounts/password/set/", {"password1": "short", "password2": "short"})
    assert refused.status_code == 200 and "too short" in words(refused)
    assert mine.post("/accounts/password/set/", {"password1": first, "password2": first}).url == "/profile/"
    page = words(mine.get("/profile/"))
    assert "Your password is saved." in page and "Change your password" in page
    answer = {"oldpassword": "wrong", "password1": second, "password2": second}
    assert mine.post("/accounts/password/change/", answer).status_code == 200
    assert mine.post("/accounts/password/change/", {**answer, "oldpassword": first}).url == "/profile/"
    alice.refresh_from_db()
    assert alice.check_password(second)
    assert mine.get("/profile/").status_code == 200


@pytest.mark.parametrize("address", ["/profile/", "/accounts/password/set/", "/accounts/password/change/"])
def test_it_is_for_who_has_signed_in(client, db, address):
    assert client.get(address).url.startswith("/accounts/login/")


def test_who_came_by_a_link_needs_not_know_the_password_until_now(client, alice, monkeypatch):
    """They asked for the link because they forgot it. A few minutes later, anybody might sit there."""
    alice.set_password("plum-window-seven-tram")
    alice.save()
    client.post(f"/sign-in/{SignInLink.objects.issue(alice)}/")
    address, new = "/accounts/password/change/", {"password1": NEW, "password2": NEW}
    assert "The password until now" not in words(client.get(address))
    now = time.time()
    monkeypatch.setattr(accounts.time, "time", lambda: now + 301)
    assert "The password until now" in words(client.get(address))
    assert client.post(address, new).status_code == 200
    monkeypatch.setattr(accounts.time, "time", lambda: now + 299)
    assert client.post(address, new).url == "/profile/"
    alice.refresh_from_db()
    assert alice.check_password(NEW)
