"""Signing in with an OpenID Connect provider: whom its word lets in, and whom not."""

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from labeling import oidc
from labeling.cohorts.confirmed import is_confirmed
from labeling.cohorts.models import Person, SignInLink
from labeling.stack import StackError
from tests.cohorts.limits import no_attempts
from tests.cohorts.oidc_provider import CLIENT, SECRET, Provider, running
from tests.processes import PATIENCE
from tests.projects.pages import words

__all__ = ["no_attempts"]

ADDRESS = "/accounts/oidc/"
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def provider(settings):
    with running() as provider:
        settings.SOCIALACCOUNT_PROVIDERS = oidc.providers(provider.issuer, CLIENT, SECRET, "the Lab")
        yield provider


@pytest.fixture
def password(alice):
    alice.set_password("correct horse battery")
    alice.save()
    return {"login": alice.email, "password": "correct horse battery"}


def visit(address: str) -> str:
    """Where the provider sends the browser."""
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)) as link:
        link.request("GET", f"{parts.path}?{parts.query}")
        answer = link.getresponse()
        answer.read()
    return str(answer.getheader("Location"))


def way_back(client, **sent) -> str:
    """The path that the provider sends the browser back to."""
    begun = client.post(ADDRESS, sent)
    back = urlsplit(visit(begun.url))
    return f"{back.path}?{back.query}"


def sign_in(client, **sent):
    return client.get(way_back(client, **sent))


def test_without_a_provider_there_is_nothing_of_it(client, db):
    assert "Sign in with" not in words(client.get("/accounts/login/"))
    assert client.post(ADDRESS).status_code == client.get(f"{ADDRESS}callback/").status_code == 404


def test_whoever_was_let_in_signs_in_with_the_address_that_the_provider_vouches_for(client, alice, provider: Provider):
    provider.is_somebody("17", "Alice@Example.org")
    page = words(client.get("/accounts/login/?next=/profile/"))
    assert "Sign in with the Lab" in page and f'action="{ADDRESS}"' in page
    assert sign_in(client, next="/profile/").url == "/profile/"
    assert client.get("/").context["user"] == alice


def test_the_next_time_they_are_known_whatever_their_address_is_then(client, alice, provider: Provider):
    provider.is_somebody("17", alice.email)
    sign_in(Client())
    Person.objects.filter(pk=alice.pk).update(email="ngo@example.org")
    assert sign_in(client).url == "/"
    assert client.get("/").context["user"] == alice


@pytest.mark.parametrize("verified", [False, "false", None, "", 0])
def test_an_address_that_it_does_not_vouch_for_lets_nobody_in(client, alice, provider: Provider, verified):
    provider.is_somebody("17", alice.email, verified)
    answer = sign_in(client)
    assert answer.status_code == 403 and "no account for you here yet" in words(answer)
    assert "_auth_user_id" not in client.session and not SocialAccount.objects.exists()


def test_an_address_that_it_vouches_for_is_confirmed_and_no_other_one(client, alice, provider: Provider):
    provider.is_somebody("17", alice.email)
    sign_in(client)
    assert is_confirmed(alice)
    Person.objects.filter(pk=alice.pk).update(email="ngo@example.org")
    sign_in(Client())
    alice.refresh_from_db()
    assert not is_confirmed(alice), "it vouches for the one before"
    provider.is_somebody("17", alice.email, False)
    sign_in(Client())
    assert not is_confirmed(alice)
    provider.is_somebody("17", "NGO@example.org")
    sign_in(Client())
    assert is_confirmed(alice)


def test_whoever_has_yet_to_show_that_an_account_is_theirs_confirms_nothing(
    client, alice, password, provider: Provider
):
    provider.is_somebody("17", alice.email)
    sign_in(client)
    assert not is_confirmed(alice)


def test_nobody_joins_uninvited(client, alice, provider: Provider):
    provider.is_somebody("99", "mallory@example.org")
    assert sign_in(client).status_code == 403
    assert Person.objects.count() == 1


def test_who_may_no_longer_sign_in_may_not_in_this_way_either(client, alice, provider: Provider):
    provider.is_somebody("17", alice.email)
    sign_in(Client())
    Person.objects.update(is_active=False)
    assert sign_in(client).status_code == 403
    assert "_auth_user_id" not in client.session


def test_an_account_with_a_password_is_tied_once_it_was_entered(client, alice, password, provider: Provider):
    """The account may be that of somebody who joined under that address before its owner came."""
    provider.is_somebody("17", alice.email)
    begun = sign_in(client, next="/hours/")
    assert begun.url == "/accounts/login/?next=/hours/"
    assert "Sign in with your password once" in words(client.get(begun.url))
    assert "_auth_user_id" not in client.session and not SocialAccount.objects.exists()
    assert client.post(begun.url, password).url == "/hours/"
    assert "From now on you can sign in with the Lab, too" in words(client.get("/profile/"))
    another = Client()
    assert sign_in(another).url == "/" and another.get("/").context["user"] == alice
    alice.refresh_from_db()
    assert alice.check_password(password["password"])


def test_a_link_ties_it_as_a_password_does(client, alice, password, provider: Provider):
    provider.is_somebody("17", alice.email)
    sign_in(client)
    client.post(f"/sign-in/{SignInLink.objects.issue(alice)}/")
    assert SocialAccount.objects.get().user == alice


def test_nobody_elses_account_is_tied_and_none_much_later(client, alice, bob, password, provider: Provider):
    provider.is_somebody("17", alice.email)
    sign_in(client)
    client.post(f"/sign-in/{SignInLink.objects.issue(bob)}/")
    assert client.get("/").context["user"] == bob
    late = Client()
    sign_in(late)
    session = late.session
    session["oidc_to_tie"] |= {"until": 0}
    session.save()
    late.post("/accounts/login/", password)
    assert late.get("/").context["user"] == alice
    assert not SocialAccount.objects.exists()


def test_the_second_factor_is_asked_for_here_too(client, alice, provider: Provider):
    TOTP.activate(alice, generate_totp_secret())
    provider.is_somebody("17", alice.email)
    assert sign_in(client).url == "/accounts/two-factor/code/"
    assert "_auth_user_id" not in client.session


def test_an_answer_that_was_asked_for_by_another_browser_signs_nobody_in(client, alice, provider: Provider):
    """Else somebody could sign others in under their own name, and read what they write."""
    provider.is_somebody("17", alice.email)
    path = way_back(Client())
    assert client.get(path).status_code == 502
    assert "_auth_user_id" not in client.session


def test_an_answer_works_once(client, alice, provider: Provider):
    provider.is_somebody("17", alice.email)
    path = way_back(client)
    assert client.get(path).status_code == 302
    client.logout()
    assert client.get(path).status_code == 502
    assert "_auth_user_id" not in client.session


def test_no_second_identity_is_tied_to_an_account_that_is_open(client, alice, provider: Provider):
    client.force_login(alice)
    provider.is_somebody("99", "mallory@example.org")
    begun = client.post(f"{ADDRESS}?process=connect")
    back = urlsplit(visit(begun.url))
    assert client.get(f"{back.path}?{back.query}").status_code == 403
    assert not SocialAccount.objects.exists()


def test_accounts_of_another_provider_are_not_taken_for_those_of_this_one(client, alice, bob, provider, settings):
    provider.is_somebody("17", alice.email)
    sign_in(Client())
    with running() as other:
        settings.SOCIALACCOUNT_PROVIDERS = oidc.providers(other.issuer, CLIENT, SECRET, "another")
        other.is_somebody("17", bob.email)
        sign_in(client)
    assert client.get("/").context["user"] == bob


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_it_leads_nowhere_else(client, alice, provider: Provider, elsewhere):
    provider.is_somebody("17", alice.email)
    assert sign_in(client, next=elsewhere).url == "/"


def test_who_turns_back_is_told_what_happened(client, alice, provider: Provider):
    provider.cancels = True
    assert "You turned back at the Lab" in words(sign_in(client))


def test_a_provider_that_is_away_is_said_to_be(client, alice, settings, caplog):
    settings.SOCIALACCOUNT_PROVIDERS = oidc.providers("http://127.0.0.1:1", CLIENT, SECRET, "the Lab")
    answer = client.post(ADDRESS)
    assert answer.status_code == 502 and "the Lab did not answer" in words(answer)
    assert [record for record in caplog.records if record.name == "labeling.cohorts.oidc"]


def test_a_link_from_elsewhere_begins_nothing(client, alice, provider: Provider):
    page = client.get(ADDRESS)
    assert page.status_code == 200 and "Sign in with the Lab" in words(page)
    assert Client(enforce_csrf_checks=True).post(ADDRESS).status_code == 403


UNFIT = [("http://id.example.org", CLIENT, SECRET), ("https://x", "", SECRET), ("https://x", CLIENT, "")]


@pytest.mark.parametrize("given", UNFIT)
def test_what_would_not_do_is_refused_at_the_start(given):
    with pytest.raises(StackError, match="OIDC_ISSUER"):
        oidc.providers(*given, "")


def test_the_page_may_lead_to_the_provider_and_nowhere_else():
    assert oidc.origin("https://id.example.org/realms/lab") == ["https://id.example.org"]
    assert oidc.origin("") == []
