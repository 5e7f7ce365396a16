"""What a page that was left without a session asks for, and the sign-in that it sends."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from labeling.cohorts import sessions
from tests.cohorts.limits import no_attempts

__all__ = ["no_attempts"]
PASSWORD = "quite-a-long-one"


@pytest.fixture
def browser(alice, no_attempts):
    """Alice's, who has a password; requests need a token here, as everywhere but in tests."""
    alice.set_password(PASSWORD)
    alice.save()
    return Client(enforce_csrf_checks=True)


def session(browser):
    return browser.get("/accounts/session/").json()


def sign_in(browser, token, password=PASSWORD):
    data = {"login": "alice@example.org", "password": password, "csrfmiddlewaretoken": token}
    return browser.post("/accounts/login/", data, headers={"Accept": "application/json"})


def test_it_says_who_is_signed_in_and_gives_a_token_that_works(browser, alice):
    stranger = session(browser)
    assert stranger["person"] == ""
    assert sign_in(browser, stranger["token"]).status_code == 200
    now = session(browser)
    assert now["person"] == str(alice.pk)
    assert browser.post("/drafts/", {"form": "x", "entered": "[]"}).status_code == 403
    sent = {"form": "x", "entered": "[]", "csrfmiddlewaretoken": now["token"]}
    assert browser.post("/drafts/", sent).status_code == 204


def test_a_token_from_before_signing_in_sends_nothing_afterwards(browser):
    """So no page that is still open is taken for whoever signs in next."""
    before = session(browser)["token"]
    sign_in(browser, before)
    assert browser.post("/drafts/", {"form": "x", "entered": "[]", "csrfmiddlewaretoken": before}).status_code == 403


def test_nobody_keeps_an_answer_of_it_and_it_changes_nothing(browser):
    answer = browser.get("/accounts/session/")
    assert "no-store" in answer["Cache-Control"]
    assert browser.post("/accounts/session/").status_code in (403, 405)


def test_a_wrong_password_is_refused_in_words_and_not_tried_for_ever(browser):
    token = session(browser)["token"]
    answers = [sign_in(browser, token, f"wrong-{number}") for number in range(6)]
    assert {answer.status_code for answer in answers} == {400}
    said = [" ".join(answer.json()["form"]["errors"]) for answer in answers]
    assert "not correct" in said[0]
    assert "Try again in 5 minutes" in said[-1]
    assert sign_in(browser, token).status_code == 400
    assert session(browser)["person"] == ""


@pytest.mark.parametrize("how", ["signs out", "new password", "deactivated", "expired"])
def test_a_session_that_is_over_is_over_at_once_for_whoever_holds_its_cookie(alice, how):
    here, elsewhere = Client(), Client()
    here.force_login(alice)
    elsewhere.cookies["sessionid"] = here.cookies["sessionid"].value
    assert elsewhere.get("/").context["user"] == alice
    if how == "signs out":
        here.post("/accounts/logout/")
    elif how == "new password":
        alice.set_password("another one altogether")
        alice.save()
    elif how == "deactivated":
        type(alice).objects.update(is_active=False)
    else:
        Session.objects.update(expire_date="2026-01-01T00:00Z")
    assert elsewhere.get("/").status_code == 302


def test_session_and_person_are_read_together_and_anew_for_each_request(client, alice, django_assert_num_queries):
    client.force_login(alice)
    client.get("/accounts/session/")
    with django_assert_num_queries(1):
        assert session(client)["person"] == str(alice.pk)
    type(alice).objects.filter(pk=alice.pk).update(name="Alice by another name")
    assert client.get("/").context["user"].name == "Alice by another name"


def test_whose_a_session_is_says_the_session_and_not_what_is_remembered_of_it(client, alice, bob):
    client.force_login(alice)
    client.get("/")
    sessions.owners[client.cookies["sessionid"].value] = bob.pk
    assert client.get("/").context["user"] == alice


def test_a_person_read_with_a_session_is_nobody_elses_answer(client, alice, bob):
    client.force_login(alice)
    client.get("/")
    sessions.SessionStore(client.cookies["sessionid"].value).load()
    assert sessions.Backend().get_user(bob.pk) == bob
    sessions.SessionStore(client.cookies["sessionid"].value).load()
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    sessions.SessionStore("another")
    assert sessions.Backend().get_user(alice.pk) is None
