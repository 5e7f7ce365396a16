"""Invitations by mail, where there is a mail server."""

import re
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from labeling.cohorts.models import Cohort, Invitation
from labeling.projects.tasks import mail_invitations
from tests.cohorts.limits import no_attempts
from tests.projects.invited import TYPED, links, people
from tests.projects.pages import words

__all__ = ["no_attempts"]

BASE = "https://tandem.example.org"
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def first(managed) -> Cohort:
    return Cohort.objects.get(name="first")


@pytest.fixture
def page(first, settings) -> str:
    settings.SENDS_MAIL, settings.BASE_URL = True, BASE
    return f"/projects/both/cohorts/{first.pk}/invitations/"


def invited(client, page, people="Ana Silva <ana@example.org>", **more):
    return client.post(f"{page}people/", {"people": people, "days": 7, "by_mail": "on", **more})


def link(place: int = -1) -> str:
    return re.search(rf"^{re.escape(BASE)}(/\S+)$", mail.outbox[place].body, re.MULTILINE)[1]


def refusing(monkeypatch, error: Exception) -> None:
    def refuse(self, messages) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def test_without_a_mail_server_none_is_offered(client, page, settings):
    settings.SENDS_MAIL = False
    assert "by mail" not in words(client.get(f"{page}people/"))
    assert len(links(invited(client, page))) == 1
    mail_invitations()
    assert mail.outbox == []


def test_a_form_that_is_sent_twice_sends_one_mail_whose_link_works(client, page):
    key = client.get(f"{page}people/").context["form"]["key"].value()
    for _time in range(2):
        invited(client, page, key=key)
        mail_invitations()
    assert len(mail.outbox) == Invitation.objects.count() == 1
    assert Client().get(link()).status_code == 200


def test_each_gets_their_own_link_and_nobody_else_sees_it(client, page, first):
    answer = invited(client, page, "ana@example.org, bo@example.org")
    assert links(answer) == [] and "csv" not in words(answer) and "2 people are invited" in words(answer)
    assert "waits to be sent" in words(client.get(page))
    mail_invitations()
    assert [message.to for message in mail.outbox] == [["ana@example.org"], ["bo@example.org"]]
    assert "Maria Costa invites you" in mail.outbox[0].body and link(0) != link(1)
    assert "sent by mail" in words(client.get(page))
    assert Client().post(link(1), TYPED).status_code == 422
    assert Client().post(link(0), TYPED).url == "/"
    assert people(first) == {"alice@example.org", "ana@example.org"}


def test_it_is_sent_once(client, page):
    invited(client, page)
    mail_invitations()
    mail_invitations()
    assert len(mail.outbox) == 1


def test_one_that_was_revoked_before_it_was_sent_is_not_sent(client, page):
    invited(client, page)
    client.post(f"{page}{Invitation.objects.get().pk}/revoke/")
    mail_invitations()
    assert mail.outbox == []


def test_what_the_server_did_not_take_waits_for_the_next_time(client, page, monkeypatch):
    invited(client, page)
    with monkeypatch.context() as patch:
        refusing(patch, SMTPServerDisconnected())
        mail_invitations()
    assert Invitation.objects.get().mail == Invitation.Mail.WAITING
    mail_invitations()
    assert Client().get(link()).status_code == 200


def test_an_address_that_is_refused_is_said_so_and_not_tried_again(client, page, monkeypatch):
    invited(client, page)
    with monkeypatch.context() as patch:
        refusing(patch, SMTPRecipientsRefused({}))
        mail_invitations()
    assert "refused by the mail server" in words(client.get(page))
    mail_invitations()
    assert mail.outbox == []


def test_a_name_with_line_breaks_puts_nothing_into_the_mail(client, page, maria):
    maria.name = "Maria\nBcc: eve@example.org"
    maria.save()
    invited(client, page)
    mail_invitations()
    assert mail.outbox[0].recipients() == ["ana@example.org"]
    assert "eve@example.org" not in str(mail.outbox[0].message().items())
