"""What somebody might try against other people's accounts, and what comes of it."""

import re

import pytest
from django.test import Client

from labeling.cohorts.models import Person, SignInLink
from tests.cohorts.limits import no_attempts

__all__ = ["no_attempts"]

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def by_password(client: Client, person: Person):
    return client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})


def by_link(client: Client, person: Person):
    return client.post(f"/sign-in/{SignInLink.objects.issue(person)}/")


@pytest.mark.parametrize("sign_in", [by_password, by_link])
def test_a_session_that_somebody_planted_before_signing_in_is_worth_nothing_afterwards(client, alice, sign_in):
    session = client.session
    session["planted"] = True
    session.save()
    planted = Client()
    planted.cookies["sessionid"] = session.session_key
    client.cookies["sessionid"] = session.session_key
    assert sign_in(client, alice).status_code == 302
    assert client.cookies["sessionid"].value != session.session_key
    assert client.get("/").context["user"] == alice
    assert planted.get("/").status_code == 302


def test_signing_in_as_somebody_else_leaves_nothing_of_the_first_ones_session(client, alice, bob):
    client.force_login(bob)
    session = client.session
    session["of_bob"] = True
    session.save()
    by_link(client, alice)
    assert client.get("/").context["user"] == alice
    assert "of_bob" not in client.session


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/sign-in/x/", "/admin/"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example"])
def test_a_foreign_host_is_refused(client, db, settings, address, host):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    assert client.get(address, headers={"Host": host}).status_code == 400


def test_a_host_that_a_proxy_did_not_set_is_not_believed(client, db):
    answer = client.get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 302 and "evil" not in answer.url


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nothing_leads_away_from_here_after_signing_in_or_out(client, alice, elsewhere):
    token = SignInLink.objects.issue(alice)
    assert client.post(f"/sign-in/{token}/?next={elsewhere}", {"next": elsewhere}).url == "/"
    assert client.post("/accounts/logout/", {"next": elsewhere}).url == "/accounts/login/"
    assert client.get("/admin/login/", {"next": elsewhere}).status_code == 302
    assert "evil" not in by_password(client, alice).url


def test_the_admin_has_no_way_in_of_its_own(client, alice):
    answer = client.post("/admin/login/?next=/admin/", {"username": alice.email, "password": PASSWORD})
    assert answer.url == "/accounts/login/?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session
    client.force_login(alice)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_link_is_of_no_use_to_whoever_knows_only_a_part_of_it_or_its_digest(client, alice):
    token = SignInLink.objects.issue(alice)
    for guess in (token[:-1], token.upper(), token + "a", SignInLink.objects.get().digest):
        assert client.post(f"/sign-in/{guess}/").status_code == 410
    assert client.post(f"/sign-in/{token}/").status_code == 302


def test_opening_somebody_elses_link_leaves_one_who_one_is_and_the_button_says_whose_it_is(client, alice, bob):
    """So nobody works under another name unawares."""
    client.force_login(bob)
    page = client.get(f"/sign-in/{SignInLink.objects.issue(alice)}/")
    assert "Sign in as Alice" in page.content.decode()
    assert client.get("/").context["user"] == bob


def test_another_site_cannot_sign_anybody_in_or_out_or_set_their_password(alice):
    browser = Client(enforce_csrf_checks=True)
    token = SignInLink.objects.issue(alice)
    assert browser.post(f"/sign-in/{token}/").status_code == 403
    assert by_password(browser, alice).status_code == 403
    browser.force_login(alice)
    for address in ("/accounts/logout/", "/accounts/password/change/", "/accounts/password/set/", "/profile/"):
        assert browser.post(address, {"password1": "x", "password2": "x"}).status_code == 403


PRIVILEGES = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "",
    "email": "evil@example.org",
    "pk": "1",
    "id": "1",
}
NEW = {"password1": "plum-window-seven-tram", "password2": "plum-window-seven-tram"}
FORMS = {
    "/profile/": {"name": "Alice", "layout": "stacked", "scrolling": "page"},
    "/accounts/password/change/": {"oldpassword": PASSWORD, **NEW},
    "/accounts/password/set/": NEW,
    "/accounts/login/": {"login": "alice@example.org", "password": PASSWORD},
}


@pytest.mark.parametrize("address", FORMS)
def test_no_form_of_an_account_gives_what_it_does_not_ask_for(client, alice, manager, address):
    if "login" not in address:
        client.force_login(alice)
    client.post(address, {**FORMS[address], **PRIVILEGES, "user": manager.pk, "person": manager.pk})
    alice.refresh_from_db()
    assert (alice.email, alice.is_staff, alice.is_superuser, alice.is_active) == (
        "alice@example.org",
        False,
        False,
        True,
    )
    manager.refresh_from_db()
    assert (manager.name, manager.has_usable_password()) == ("Maria", False)


def test_a_known_address_gets_the_answer_of_an_unknown_one(alice, bob):
    """Bob has no password; nobody is called Carol."""
    pages = []
    for name in ("alice", "bob", "carol"):
        page = Client().post("/accounts/login/", {"login": f"{name}@example.org", "password": "wrong"})
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()).replace(name, "N"))
    assert pages[0] == pages[1] == pages[2]
