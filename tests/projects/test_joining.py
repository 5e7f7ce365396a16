"""What comes of an invitation: for whom it is, for others, and for who would like it to be."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labeling.cohorts.models import Cohort, ConsentText, Invitation, Person
from tests.cohorts.limits import no_attempts
from tests.projects.invited import TYPED, invite, people
from tests.projects.pages import words

__all__ = ["no_attempts"]

pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def first(managed) -> Cohort:
    return Cohort.objects.get(name="first")


@pytest.fixture
def link(first, maria) -> str:
    """One for two people."""
    return invite(first, maria, limit=2)


@pytest.fixture
def stranger() -> Client:
    return Client()


def new() -> Person | None:
    return Person.objects.filter(email="ana@example.org").first()


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def end(how: str) -> None:
    now = timezone.now()
    ends = {"used up": {"used": 2}, "expired": {"expires_at": now}, "revoked": {"revoked_at": now}}
    Invitation.objects.update(**ends[how])


def test_the_page_says_who_invites_to_what_and_nothing_of_anybody_else(stranger, first, link):
    page = stranger.get(link)
    said = words(page)
    assert "Maria Costa" in said and "Both" in said and "no-store" in page["Cache-Control"]
    for other in ("Alice", "alice@example.org", "maria@example.org"):
        assert other not in said


def test_whoever_is_new_gets_an_account_a_place_and_work(stranger, first, link):
    stranger.get(link)
    answer = stranger.post(link, TYPED | {"email": "Ana@Example.org"})
    assert answer.url == "/"
    ana = new()
    assert ana and ana.name == "Ana Silva" and ana.check_password(TYPED["password1"])
    assert people(first) == {"alice@example.org", "ana@example.org"}
    assert Invitation.objects.get().used == 1
    home = words(stranger.get("/"))
    assert "Welcome, Ana Silva." in home and 'href="/projects/both/work/"' in home


def test_a_session_from_before_is_worth_nothing_afterwards(stranger, link):
    session = stranger.session
    session["planted"] = True
    session.save()
    stranger.cookies["sessionid"] = session.session_key
    stranger.post(link, TYPED)
    assert signed_in(stranger) and stranger.cookies["sessionid"].value != session.session_key
    planted = Client()
    planted.cookies["sessionid"] = session.session_key
    assert planted.get("/").status_code == 302


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, "Give a name."),
        ({"email": "nobody"}, "valid email address"),
        ({"password1": "short", "password2": "short"}, "at least 10 characters"),
        ({"password1": "ana@example.org", "password2": "ana@example.org"}, "too similar"),
        ({"password2": "another one"}, "The two passwords differ."),
        ({"email": "ALICE@example.org"}, "There is an account with this address already"),
    ],
)
def test_what_makes_no_account_comes_back_as_it_was_typed(stranger, first, link, changes, problem):
    answer = stranger.post(link, TYPED | changes)
    assert answer.status_code == 422 and problem in words(answer)
    assert (TYPED | changes)["email"] in words(answer)
    assert new() is None and people(first) == {"alice@example.org"}
    assert Invitation.objects.get().used == 0 and not signed_in(stranger)


def test_nobody_gains_rights_by_a_field_of_the_form(stranger, link, managed):
    more = {"is_staff": "on", "is_superuser": "1", "is_active": "", "pseudonym": "P-me", "cohort": "2", "roles": "1"}
    stranger.post(link, TYPED | more)
    ana = new()
    assert ana and (ana.is_staff, ana.is_superuser, ana.is_active) == (False, False, True)
    assert ana.pseudonym != "P-me" and not ana.roles.exists()
    assert stranger.get("/projects/").status_code == 404


def test_it_leads_nowhere_but_home(stranger, link):
    assert stranger.post(f"{link}?next=https://evil.example/", TYPED | {"next": "//evil.example"}).url == "/"


@pytest.mark.parametrize("how", ["used up", "expired", "revoked"])
def test_a_link_that_is_over_looks_like_one_that_never_was(stranger, first, link, how):
    end(how)
    over, never = stranger.get(link), stranger.get("/invitations/never-made/")
    assert over.status_code == never.status_code == 410
    assert over.content == never.content
    sent = [stranger.post(address, TYPED) for address in (link, "/invitations/never-made/")]
    bodies = [re.sub(r'value="\w{64}"|/invitations/[\w-]+/|%2F[\w-]+%2F"', "", words(answer)) for answer in sent]
    assert bodies[0] == bodies[1] and new() is None and people(first) == {"alice@example.org"}


@pytest.mark.parametrize("how", ["used up", "expired", "revoked"])
def test_nothing_typed_is_lost_where_it_ends_while_the_form_is_open(stranger, link, how):
    stranger.get(link)
    end(how)
    answer = stranger.post(link, TYPED)
    assert answer.status_code == 410
    assert "does not work any more" in words(answer)
    assert 'value="Ana Silva"' in words(answer) and 'value="ana@example.org"' in words(answer)
    assert TYPED["password1"] not in words(answer)
    assert new() is None and not signed_in(stranger)


def test_a_part_of_it_or_its_digest_opens_nothing(stranger, link):
    token = link.split("/")[2]
    for guess in (token[:-1], token.swapcase(), f"{token}a", Invitation.objects.get().digest):
        assert stranger.get(f"/invitations/{guess}/").status_code == 410


def test_guessing_is_held_up_and_an_open_link_is_not_told_from_others_then(stranger, link):
    answers = [stranger.get(f"/invitations/{number}/").status_code for number in range(61)]
    assert answers == [410] * 60 + [429]
    assert stranger.get(link).status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.9").get(link).status_code == 200


def test_opening_a_link_that_works_is_no_guess(stranger, link):
    assert {stranger.get(link).status_code for _ in range(70)} == {200}


def test_a_personal_link_takes_its_address_alone(stranger, first, maria):
    link = invite(first, maria, email="ana@example.org")
    assert "ana@example.org" not in words(stranger.get(link))
    answer = stranger.post(link, TYPED | {"email": "eve@example.org"})
    assert answer.status_code == 422 and "for another address" in words(answer)
    assert "ana@example.org" not in words(answer) and people(first) == {"alice@example.org"}
    assert stranger.post(link, TYPED | {"email": "ANA@example.org"}).url == "/"
    assert Client().post(link, TYPED).status_code == 410


def test_somebody_elses_personal_link_is_of_no_use_to_who_is_signed_in(stranger, first, maria, bob):
    link = invite(first, maria, email="ana@example.org")
    stranger.force_login(bob)
    page = stranger.get(link)
    assert "for another address than bob@example.org" in words(page) and "ana@example.org" not in words(page)
    assert stranger.post(link).status_code == 403
    assert people(first) == {"alice@example.org"} and Invitation.objects.get().used == 0


def test_whoever_has_an_account_signs_in_and_joins_with_it(stranger, first, link, bob):
    bob.set_password("quite-a-long-one")
    bob.save()
    sign_in = re.search(r'href="(/accounts/login/\?next=[^"]+)"', words(stranger.get(link)))
    assert sign_in
    back = stranger.post(sign_in[1], {"login": bob.email, "password": "quite-a-long-one"}).url
    assert back == link
    assert "Join as Bob" in words(stranger.get(link))
    assert people(first) == {"alice@example.org"}
    assert stranger.post(link).url == "/"
    assert people(first) == {"alice@example.org", "bob@example.org"}
    bob.refresh_from_db()
    assert bob.name == "Bob" and bob.check_password("quite-a-long-one")


def test_whoever_is_in_already_uses_nothing_up(stranger, first, link, alice):
    stranger.force_login(alice)
    assert stranger.post(link).url == "/"
    assert (Invitation.objects.get().used, first.memberships.count()) == (0, 1)


@pytest.mark.parametrize("how", ["used up", "expired", "revoked"])
def test_joining_with_an_account_by_a_link_that_is_over_says_what_to_do(stranger, first, link, bob, how):
    stranger.force_login(bob)
    stranger.get(link)
    end(how)
    assert stranger.post(link).status_code == 410
    assert "ask whoever sent it" in words(stranger.get(link))
    assert people(first) == {"alice@example.org"}


def test_whoever_was_taken_out_may_come_back_by_a_new_one(stranger, first, maria, alice):
    first.let_go(alice)
    stranger.force_login(alice)
    assert stranger.post(invite(first, maria)).url == "/"
    assert people(first) == {"alice@example.org"}


def test_one_agrees_to_the_text_of_the_installation_and_to_the_version_one_has_read(stranger, link, maria):
    ConsentText.objects.write(1, "Your answers train *models*.", maria)
    page = stranger.get(link)
    assert "Your answers train <em>models</em>." in words(page)
    read = {"text": page.context["form"]["text"].value()}
    assert "once you agree" in words(stranger.post(link, TYPED | read))
    newer = ConsentText.objects.write(2, "And datasets.", maria)
    stale = stranger.post(link, TYPED | read | {"agreed": "on"})
    assert stale.status_code == 422 and "has changed" in words(stale) and "And datasets." in words(stale)
    assert 'value="Ana Silva"' in words(stale) and "checked" not in words(stale)
    assert new() is None
    read = {"text": stale.context["form"]["text"].value()}
    assert stranger.post(link, TYPED | read | {"agreed": "on"}).url == "/"
    given = new().consents.get()
    assert given.text == newer and timezone.now() - given.given_at < timedelta(minutes=1)


def test_nobody_posts_to_it_without_the_token_of_the_page(link):
    assert Client(enforce_csrf_checks=True).post(link, TYPED).status_code == 403
