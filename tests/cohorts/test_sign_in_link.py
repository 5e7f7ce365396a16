from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.cohorts.models import SignInLink


@pytest.fixture
def token(alice):
    return SignInLink.objects.issue(alice)


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_opening_it_shows_a_button_and_pressing_it_signs_in(client, alice, token):
    page = client.get(f"/sign-in/{token}/")
    assert page.status_code == 200
    assert b"Alice" in page.content
    assert not signed_in(client)
    assert client.post(f"/sign-in/{token}/").url == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_it_works_once(client, token):
    client.post(f"/sign-in/{token}/")
    client.logout()
    for answer in (client.get(f"/sign-in/{token}/"), client.post(f"/sign-in/{token}/")):
        assert answer.status_code == 410
    assert not signed_in(client)


def test_it_expires(client, token):
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(f"/sign-in/{token}/").status_code == 410
    assert not signed_in(client)


def test_it_is_of_no_use_to_somebody_who_was_shut_out(client, alice, token):
    type(alice).objects.update(is_active=False)
    assert client.post(f"/sign-in/{token}/").status_code == 410
    assert not signed_in(client)


def test_an_unknown_link_says_what_to_do(client, db):
    answer = client.get("/sign-in/never-issued/")
    assert answer.status_code == 410
    assert b"link" in answer.content


def test_only_its_digest_is_stored(token):
    assert token not in str(SignInLink.objects.values().get())


def test_the_command_prints_a_fresh_link(alice, client):
    out = StringIO()
    call_command("sign_in_link", "ALICE@example.org", stdout=out)
    assert client.get(out.getvalue().strip()).status_code == 200


def test_the_command_says_that_nobody_has_the_address(db):
    with pytest.raises(CommandError, match=r"Nobody .* nobody@example\.org"):
        call_command("sign_in_link", "nobody@example.org")
