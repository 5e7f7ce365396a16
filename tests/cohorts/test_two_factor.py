"""A second factor: set up, asked for however one signs in, taken down, and required."""

import re
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.management import CommandError, call_command
from django.test import Client

from labeling.cohorts.models import SignInLink
from labeling.dialogues import streams
from tests.cohorts.limits import no_attempts
from tests.people import manage
from tests.projects.pages import words

__all__ = ["no_attempts"]

PASSWORD = "correct horse battery"
SET_UP, CODE = "/accounts/two-factor/set-up/", "/accounts/two-factor/code/"
pytestmark = pytest.mark.usefixtures("no_attempts")


class Clock:
    """What codes are counted by. Each stands for 30 seconds, and a test has as many as it wants."""

    now = 1_800_000_000.0

    def code(self, secret: str) -> str:
        self.now += 30
        return auth.format_hotp_value(auth.hotp_value(secret, int(self.now // 30)))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def by_password(client, person):
    return client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})


def by_link(client, person):
    return client.post(f"/sign-in/{SignInLink.objects.issue(person)}/")


WAYS = pytest.mark.parametrize("sign_in", [by_password, by_link])


def set_up(client, clock) -> str:
    """The secret that is shared from now on."""
    secret = client.get(SET_UP).context["form"].secret
    assert client.post(SET_UP, {"code": clock.code(secret)}).url == "/accounts/recovery-codes/"
    return secret


@pytest.fixture
def secret(alice, clock):
    client = Client()
    by_password(client, alice)
    return set_up(client, clock)


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_it_is_set_up_from_the_profile_by_whoever_has_signed_in_lately(client, alice, clock):
    by_password(client, alice)
    assert SET_UP in words(client.get("/profile/"))
    page = client.get(SET_UP)
    secret = page.context["form"].secret
    assert "data:image/svg+xml;base64," in words(page) and page.context["form"].spelled in words(page)
    wrong = client.post(SET_UP, {"code": "000000"})
    assert "That code is not right" in words(wrong)
    assert wrong.context["form"].secret == secret, "the app that was set up still fits"
    codes = client.post(SET_UP, {"code": clock.code(secret)}, follow=True)
    assert len(set(re.findall(r"<li><code>(\d{8})</code>", words(codes)))) == 10
    assert "Take down two-factor" in words(client.get("/profile/"))


@WAYS
def test_it_is_asked_for_however_one_signs_in(client, alice, secret, clock, sign_in):
    assert sign_in(client, alice).url == CODE
    assert not signed_in(client)
    assert client.get("/").status_code == 302
    assert "That code is not right" in words(client.post(CODE, {"code": "000000"}))
    assert not signed_in(client)
    assert client.post(CODE, {"code": clock.code(secret)}).url == "/"
    assert client.get("/").context["user"] == alice


def test_one_comes_to_the_page_that_was_asked_for(client, alice, secret, clock):
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": "/profile/"})
    assert client.post(CODE, {"code": clock.code(secret)}).url == "/profile/"


def test_a_code_works_once(client, alice, secret, clock):
    code = clock.code(secret)
    by_password(client, alice)
    client.post(CODE, {"code": code})
    assert signed_in(client)
    other = Client()
    by_password(other, alice)
    assert "That code is not right" in words(other.post(CODE, {"code": code}))


@pytest.mark.parametrize(("late", "lets_in"), [(29, True), (59, True), (91, False)])
def test_the_code_before_the_one_that_is_shown_is_right_too_and_none_older(client, alice, secret, clock, late, lets_in):
    code = clock.code(secret)
    by_password(client, alice)
    clock.now = clock.now // 30 * 30 + late
    client.post(CODE, {"code": code})
    assert signed_in(client) == lets_in


def test_a_code_that_is_still_right_half_a_minute_later_does_not_work_again(client, alice, secret, clock):
    code = clock.code(secret)
    by_password(client, alice)
    client.post(CODE, {"code": code})
    for key in streams.client().scan_iter("cache:*allauth.mfa.totp.used*"):
        streams.client().delete(key)  # as django-allauth does when 30 seconds are over
    clock.now += 30
    other = Client()
    by_password(other, alice)
    assert "That code is not right" in words(other.post(CODE, {"code": code}))


def test_whoever_reads_the_database_can_make_no_code(alice, secret):
    kept = str(list(Authenticator.objects.values("data")))
    assert secret not in kept
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert not [code for code in codes if code in kept]
    assert Authenticator.objects.get(type="totp").data["secret"] != secret


def test_under_another_secret_key_no_code_fits_until_it_is_taken_down(client, alice, secret, clock, settings):
    settings.SECRET_KEY = "another"
    by_password(client, alice)
    assert "That code is not right" in words(client.post(CODE, {"code": clock.code(secret)}))
    call_command("take_down_two_factor", alice.email)
    assert by_password(Client(), alice).url == "/"


def test_codes_are_not_tried_for_ever(client, alice, secret, clock):
    by_password(client, alice)
    for _ in range(5):
        client.post(CODE, {"code": "000000"})
    assert "too often" in words(client.post(CODE, {"code": clock.code(secret)}))
    assert not signed_in(client)


def test_a_recovery_code_signs_in_once_in_place_of_the_app(client, alice, secret):
    by_code = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()[0]
    by_password(client, alice)
    assert client.post(CODE, {"code": by_code}).url == "/"
    other = Client()
    by_password(other, alice)
    assert other.post(CODE, {"code": by_code}).status_code == 200
    assert not signed_in(other)


def test_the_code_of_one_person_is_of_no_use_to_another(client, alice, bob, secret, clock):
    bob.set_password(PASSWORD)
    bob.save()
    theirs = Client()
    by_password(theirs, bob)
    set_up(theirs, clock)
    by_password(client, bob)
    assert client.post(CODE, {"code": clock.code(secret)}).status_code == 200
    assert not signed_in(client)


def test_nobody_else_stays_signed_in_while_a_code_is_asked_for(client, alice, bob, secret, clock):
    client.force_login(bob)
    assert by_link(client, alice).url == CODE
    assert not signed_in(client)
    client.post(CODE, {"code": clock.code(secret)})
    assert client.get("/").context["user"] == alice


def test_a_screen_that_was_left_alone_changes_nothing(client, alice, secret, clock):
    """It is asked who is there, by password or code, minutes after signing in."""
    client.force_login(alice)
    for address in ("/accounts/two-factor/take-down/", "/accounts/recovery-codes/new/", "/accounts/recovery-codes/"):
        assert client.post(address).status_code in (302, 405)
        page = client.get(address)
        assert page.status_code == 302 and page.url.startswith("/accounts/again/?next=")
    assert "Is it you?" in words(client.get(page.url))
    assert client.post(page.url, {"password": "wrong"}).status_code == 200
    assert client.get("/accounts/two-factor/again/").status_code == 200
    assert client.post(page.url, {"password": PASSWORD}).url == "/accounts/recovery-codes/"
    assert client.get("/accounts/recovery-codes/").status_code == 200


def test_it_is_taken_down_and_its_recovery_codes_with_it(client, alice, secret, clock):
    by_password(client, alice)
    client.post(CODE, {"code": clock.code(secret)})
    assert client.post("/accounts/two-factor/take-down/", follow=True).redirect_chain[-1][0] == "/profile/"
    assert not Authenticator.objects.exists()
    assert by_password(Client(), alice).url == "/"


def test_whoever_runs_the_installation_takes_it_down_for_somebody_who_lost_both(client, alice, secret, capsys):
    call_command("take_down_two_factor", "ALICE@example.org")
    assert "ALICE@example.org signs in without a code" in capsys.readouterr().out
    assert by_password(client, alice).url == "/"
    with pytest.raises(CommandError, match="no two-factor"):
        call_command("take_down_two_factor", alice.email)


PLACES = ("/", "/profile/", "/projects/", "/accounts/password/change/", "/admin/", "/accounts/recovery-codes/")


@WAYS
def test_where_it_is_required_it_comes_before_anything_else(client, alice, clock, settings, sign_in):
    settings.REQUIRE_TWO_FACTOR = "everyone"
    sign_in(client, alice)
    for place in PLACES:
        assert client.get(place).url == SET_UP, place
    htmx = client.post("/drafts/", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (403, SET_UP)
    assert "It is required of you here" in words(client.get(SET_UP))
    set_up(client, clock)
    assert client.get("/").status_code == 200
    assert "required of you here" in words(client.post("/accounts/two-factor/take-down/"))
    assert Authenticator.objects.filter(type="totp").exists()


def test_one_may_still_sign_out_instead(client, alice, settings):
    settings.REQUIRE_TWO_FACTOR = "everyone"
    by_password(client, alice)
    assert client.post("/accounts/logout/").url == "/accounts/login/"


@pytest.mark.parametrize("how", ["role", "staff"])
def test_it_is_required_of_managers_alone_as_soon_as_they_are(client, alice, bob, project, settings, how):
    settings.REQUIRE_TWO_FACTOR = "managers"
    client.force_login(alice)
    assert client.get("/").status_code == 200
    if how == "role":
        manage(project, alice)
    else:
        type(alice).objects.filter(pk=alice.pk).update(is_staff=True)
    assert client.get("/").url == SET_UP
    assert client.get(f"/projects/{project.slug}/").url == SET_UP


def test_who_has_it_costs_one_question_a_session(client, alice, secret, clock, settings, django_assert_max_num_queries):
    settings.REQUIRE_TWO_FACTOR = "everyone"
    by_password(client, alice)
    client.post(CODE, {"code": clock.code(secret)})
    client.get("/profile/")
    with django_assert_max_num_queries(2) as asked:
        client.get("/accounts/session/")
    assert not [query for query in asked.captured_queries if "mfa_" in query["sql"]]
