"""What a page that was left without a session asks for, and the sign-in that it sends."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

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
