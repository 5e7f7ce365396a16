"""Whether an address is known to be somebody's: what shows it, who may say it, and what it is needed for."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from labeling.audit.models import Event
from labeling.audit.words import tell
from labeling.cohorts import confirmed
from labeling.cohorts.models import Cohort, Invitation, Person
from labeling.projects.tasks import mail_invitations
from tests.cohorts.limits import no_attempts
from tests.cohorts.test_mail import link, post
from tests.projects.invited import TYPED, invite
from tests.projects.pages import words

__all__ = ["no_attempts", "post"]

AGAIN, RESET = "/accounts/address/again/", "/accounts/password/reset/"
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def ana(alice, manager, post) -> Person:
    """Has joined by a link for many."""
    joined(invite(Cohort.objects.get(name="first"), manager, limit=2))
    return Person.objects.get(email="ana@example.org")


@pytest.fixture
def hers(ana) -> Client:
    return signed_in(ana)


def joined(path: str) -> Client:
    client = Client()
    assert client.post(path, TYPED).url == "/"
    return client


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_whoever_joins_by_a_link_for_many_gets_a_mail_and_works_meanwhile(alice, manager, project, post):
    client = joined(invite(Cohort.objects.get(name="first"), manager))
    assert mail.outbox[0].to == ["ana@example.org"] and "is this your address?" in mail.outbox[0].subject
    home = words(client.get("/"))
    assert "A mail is on its way to ana@example.org" in home
    assert client.get(f"/projects/{project.slug}/work/").status_code == 200
    assert "not confirmed" in words(client.get("/profile/"))
    assert "Yes, confirm it" in words(client.get(path := link()))
    ana = Person.objects.get(email="ana@example.org")
    assert not confirmed.is_confirmed(ana), "a mail program that opens links confirms nothing"
    assert client.post(path).url == "/"
    assert confirmed.is_confirmed(ana)
    assert "not confirmed" not in words(client.get("/profile/"))
    assert "Your address is confirmed" in words(client.get(path))


def test_without_a_mail_server_nobody_is_asked(alice, manager):
    client = joined(invite(Cohort.objects.get(name="first"), manager))
    assert mail.outbox == [] and "on its way" not in words(client.get("/"))
    assert "not confirmed" not in words(client.get("/profile/"))
    assert client.post(AGAIN).status_code == client.get("/accounts/address/own/x/").status_code == 404
    ana = Person.objects.get(email="ana@example.org")
    staff = signed_in(manager)
    assert "not confirmed" in words(staff.get(f"/people/{ana.pk}/")) and "not confirmed" in words(staff.get("/people/"))


def test_an_invitation_that_was_mailed_confirms_by_being_used(alice, manager, post):
    cohort = Cohort.objects.get(name="first")
    until = timezone.now() + timedelta(days=1)
    Invitation.objects.personal(cohort, manager, ["ana@example.org"], expires_at=until, by_mail=True)
    mail_invitations()
    joined(link())
    assert len(mail.outbox) == 1, "nothing is left to confirm"
    assert confirmed.is_confirmed(Person.objects.get(email="ana@example.org"))


def test_one_that_was_passed_on_confirms_nothing(alice, manager, post):
    joined(invite(Cohort.objects.get(name="first"), manager, email="ana@example.org"))
    assert not confirmed.is_confirmed(Person.objects.get(email="ana@example.org"))
    assert mail.outbox[0].to == ["ana@example.org"]


def test_whoever_has_an_account_confirms_its_address_by_a_mailed_invitation(alice, manager, post):
    other, until = Cohort.objects.create(name="other"), timezone.now() + timedelta(days=1)
    Invitation.objects.personal(other, manager, [alice.email], expires_at=until, by_mail=True)
    mail_invitations()
    assert signed_in(alice).post(link()).url == "/"
    assert confirmed.is_confirmed(alice)


def test_the_link_is_sent_again_but_not_without_end(hers, ana):
    assert hers.post(AGAIN).url == "/profile/"
    assert [message.to for message in mail.outbox] == [["ana@example.org"]] * 2
    assert [hers.post(AGAIN).status_code for _ in range(5)] == [302] * 4 + [429]
    hers.post(link())
    assert confirmed.is_confirmed(ana)


def test_a_link_is_of_no_use_to_whoever_has_another_account_or_none(ana, alice, hers):
    path = link()
    assert Client().post(path).url.startswith("/accounts/login/")
    assert signed_in(alice).post(path).status_code == 410
    assert hers.post(f"{path[:-3]}xx/").status_code == 410
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_it_is_of_no_use_for_another_address(ana, hers):
    path = link()
    Person.objects.filter(pk=ana.pk).update(email="other@example.org")
    assert hers.post(path).status_code == 410
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_nothing_is_left_of_an_address_that_somebody_has_no_more(ana):
    confirmed.confirm(ana)
    Person.objects.filter(pk=ana.pk).update(email="other@example.org")
    assert not EmailAddress.objects.exists()
    Client().post(RESET, {"email": "ana@example.org"})
    assert len(mail.outbox) == 1, "a new password is sent nowhere"


def test_no_password_is_reset_by_an_address_that_was_never_confirmed_and_the_mail_says_so(ana):
    ana.refresh_from_db()
    answer = Client().post(RESET, {"email": ana.email})
    assert answer.url == f"{RESET}sent/"
    assert "no new password by mail" in mail.outbox[-1].subject and "/reset/" not in mail.outbox[-1].body
    confirmed.confirm(ana)
    Client().post(RESET, {"email": ana.email})
    assert "a new password" in mail.outbox[-1].subject and "/reset/" in mail.outbox[-1].body


def test_a_manager_confirms_it_by_hand_and_is_named_for_it(ana, manager):
    staff = signed_in(manager)
    page = f"/people/{ana.pk}/"
    assert "It is theirs: confirm it" in words(staff.get(page))
    assert staff.post(f"{page}confirm/").url == page
    assert "not confirmed" not in words(staff.get(page)) and confirmed.is_confirmed(ana)
    [event] = Event.objects.filter(kind="account.emailaddress", action="changed")
    assert (event.actor, event.person) == (manager, ana)
    assert tell([event], by_name=True)[0].what == "E-mail address confirmed"
