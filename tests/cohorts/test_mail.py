"""What is done by mail, where there is a mail server, and what mails and links never give away."""

import re

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils.http import int_to_base36
from kombu.exceptions import OperationalError

from labeling.celery import app
from labeling.cohorts import confirmed, tasks
from labeling.cohorts.models import Person
from labeling.mail import mail_settings
from labeling.stack import StackError
from tests.cohorts import smtp_server
from tests.cohorts.limits import no_attempts
from tests.projects.pages import words

__all__ = ["no_attempts"]

PASSWORD, NEW = "correct horse battery", "plum-window-seven-tram"
RESET, ADDRESS = "/accounts/password/reset/", "/accounts/address/"
BASE = "https://tandem.example.org"
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.save()
    confirmed.confirm(alice)
    return alice


@pytest.fixture
def post(settings):
    """Mail is sent, by the task itself: no worker of an installation takes it."""
    settings.SENDS_MAIL = settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.BASE_URL = BASE
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def link(place: int = -1) -> str:
    """The path that the newest mail leads to."""
    return re.search(rf"^{re.escape(BASE)}(/\S+)$", mail.outbox[place].body, re.MULTILINE)[1]


def sign_in(client, email="alice@example.org", password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_without_a_mail_server_nothing_is_offered_that_needs_one(client, alice):
    assert "Ask whoever invited you for a sign-in link" in words(client.get("/accounts/login/"))
    assert RESET not in words(client.get("/accounts/login/"))
    sign_in(client)
    assert ADDRESS not in words(client.get("/profile/"))
    for address in (RESET, f"{RESET}sent/", f"{RESET}1-set-password/", f"{RESET}done/", ADDRESS, f"{ADDRESS}x/"):
        assert client.get(address).status_code == client.post(address).status_code == 404


def test_a_forgotten_password_is_replaced_by_a_link(client, alice, post):
    elsewhere = Client()
    elsewhere.force_login(alice)
    assert RESET in words(client.get("/accounts/login/"))
    assert client.post(RESET, {"email": "Alice@example.org"}).url == f"{RESET}sent/"
    assert "a new password" in mail.outbox[0].subject and mail.outbox[0].to == ["alice@example.org"]
    page = client.get(path := link(), follow=True)
    form = page.redirect_chain[-1][0]
    assert path not in words(page), "no address that the page could give away holds the key"
    assert "too short" in words(client.post(form, {"password1": "short", "password2": "short"}))
    assert client.post(form, {"password1": NEW, "password2": NEW}).url == f"{RESET}done/"
    assert "Password" in mail.outbox[-1].subject, "the owner is told"
    assert elsewhere.get("/").status_code == 302
    assert sign_in(client, password=NEW).url == "/"
    again = Client().get(path, follow=True)
    assert "This link does not work any more" in words(again)


def test_whoever_had_no_password_gets_one_in_the_same_way(client, bob, post):
    assert not confirmed.is_confirmed(bob), "nobody has come in by this account, so it waits for who reads that mail"
    client.post(RESET, {"email": bob.email})
    form = client.get(link()).url
    client.post(form, {"password1": NEW, "password2": NEW})
    assert sign_in(client, bob.email, NEW).url == "/"
    assert confirmed.is_confirmed(bob)


def test_the_answer_is_the_same_for_an_address_that_nobody_has(alice, bob, post):
    Person.objects.filter(pk=bob.pk).update(is_active=False)
    answers = [Client().post(RESET, {"email": f"{name}@example.org"}) for name in ("alice", "bob", "carol")]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, f"{RESET}sent/")}
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]


def test_nobody_is_sent_mails_without_end(alice, post):
    answers = [Client().post(RESET, {"email": alice.email}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429] and len(mail.outbox) == 5


@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost"])
def test_no_mail_leads_to_where_the_request_said_it_came_from(alice, post, host):
    Client().post(RESET, {"email": alice.email}, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
    assert BASE in mail.outbox[0].body and "evil" not in mail.outbox[0].body and host not in mail.outbox[0].body


def test_a_link_for_one_person_resets_no_other(client, alice, bob, post):
    client.post(RESET, {"email": alice.email})
    mine, theirs = link(), int_to_base36(bob.pk)
    theirs = mine.replace(f"/{int_to_base36(alice.pk)}-", f"/{theirs}-")
    assert theirs != mine
    assert "This link does not work any more" in words(client.get(theirs, follow=True))


def test_a_new_password_alone_signs_nobody_in(client, alice, post):
    client.post(RESET, {"email": alice.email})
    client.post(client.get(link()).url, {"password1": NEW, "password2": NEW})
    assert "_auth_user_id" not in client.session


def test_another_address_is_theirs_once_they_opened_the_link_to_it(client, alice, post):
    sign_in(client)
    assert ADDRESS in words(client.get("/profile/"))
    assert client.post(ADDRESS, {"email": "no address"}).status_code == 422
    assert "on its way to ngo@example.org" in words(client.post(ADDRESS, {"email": "Ngo@example.org"}))
    assert mail.outbox[0].to == ["ngo@example.org"]
    assert "Use the new address" in words(client.get(path := link()))
    alice.refresh_from_db()
    assert alice.email == "alice@example.org", "a mail program that opens links changes nothing"
    assert client.post(path).url == "/profile/"
    alice.refresh_from_db()
    assert alice.email == "ngo@example.org"
    assert mail.outbox[-1].to == ["alice@example.org"] and "ngo@example.org" in mail.outbox[-1].body
    assert client.post(path).status_code == 410
    assert sign_in(Client(), "ngo@example.org").url == "/"
    assert sign_in(Client()).status_code == 200


@pytest.mark.parametrize("address", ["bob@example.org", "BOB@example.org", "alice@example.org"])
def test_an_address_that_somebody_has_is_not_given_and_not_told_of(client, alice, bob, post, address):
    sign_in(client)
    page = words(client.post(ADDRESS, {"email": address}))
    assert "a mail with a link is on its way" in page
    assert mail.outbox == []


def test_who_gets_the_address_first_keeps_it(client, alice, bob, post):
    sign_in(client)
    client.post(ADDRESS, {"email": "ngo@example.org"})
    Person.objects.filter(pk=bob.pk).update(email="Ngo@example.org")
    assert client.post(link()).status_code == 410
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_the_link_is_of_no_use_to_anybody_else_or_later_or_changed(client, alice, bob, post, monkeypatch):
    sign_in(client)
    client.post(ADDRESS, {"email": "ngo@example.org"})
    path = link()
    assert Client().post(path).url.startswith("/accounts/login/")
    other = Client()
    other.force_login(bob)
    assert other.post(path).status_code == 410
    assert client.post(path[:-3] + "/").status_code == 410
    monkeypatch.setattr("django.core.signing.time.time", lambda: 4_000_000_000)
    assert client.post(path).status_code == 410
    assert set(Person.objects.values_list("email", flat=True)) == {"alice@example.org", "bob@example.org"}


def test_a_screen_that_was_left_alone_gives_no_address_away(client, alice, post):
    client.force_login(alice)
    assert client.post(ADDRESS, {"email": "evil@example.org"}).url.startswith("/accounts/again/")
    assert mail.outbox == []


def test_a_mail_is_sent_at_once_while_the_queue_is_away(client, alice, post, monkeypatch):
    def away(*_):
        raise OperationalError

    monkeypatch.setattr(tasks.send_mail, "delay", away)
    client.post(RESET, {"email": alice.email})
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_asked_again(client, alice, post, monkeypatch):
    send, tried = EmailBackend.send_messages, []

    def sometimes(self, messages):
        tried.append(messages)
        if len(tried) < 3:
            raise ConnectionRefusedError
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", sometimes)
    client.post(RESET, {"email": alice.email})
    assert len(tried) == 3 and len(mail.outbox) == 1


FROM = "Tandem <tandem@example.org>"


def test_a_mail_server_is_signed_in_to_and_takes_the_mail(client, alice, post, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with smtp_server.running() as server:
        for name, value in mail_settings(f"smtp://me%40x:p%2Fw@127.0.0.1:{server.port}", FROM, BASE).items():
            setattr(settings, name, value)
        client.post(RESET, {"email": alice.email})
    assert server.signed_in == ["me@x p/w"]
    assert "Subject: Tandem: a new password" in server.mails[0] and "To: alice@example.org" in server.mails[0]
    assert f"From: {FROM}" in server.mails[0] and f"{BASE}{RESET}" in server.mails[0].replace("=\r\n", "")


def test_one_address_says_it_all():
    given = mail_settings("smtps://tandem%40example.org:p%2Fw@mail.example.org", FROM, BASE)
    assert (given["EMAIL_HOST"], given["EMAIL_PORT"]) == ("mail.example.org", 465)
    assert (given["EMAIL_HOST_USER"], given["EMAIL_HOST_PASSWORD"]) == ("tandem@example.org", "p/w")
    assert (given["EMAIL_USE_SSL"], given["EMAIL_USE_TLS"]) == (True, False)


@pytest.mark.parametrize(("url", "tls"), [("smtp://mail.example.org", True), ("smtp://127.0.0.1:25", False)])
def test_nothing_leaves_this_machine_in_the_clear(url, tls):
    assert mail_settings(url, FROM, BASE)["EMAIL_USE_TLS"] is tls


@pytest.mark.parametrize(
    "given", [("http://x", FROM, BASE), ("smtp://", FROM, BASE), ("smtp://x", "", BASE), ("smtp://x", FROM, "")]
)
def test_what_would_not_do_is_refused_at_the_start(given):
    with pytest.raises(StackError, match="EMAIL_URL"):
        mail_settings(*given)
