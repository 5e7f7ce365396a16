"""Signing in with a password, and where one is led from there."""

import pytest

from labeling.cohorts.models import Person

ADDRESS = "/accounts/login/"


@pytest.fixture
def password(alice):
    alice.set_password("correct horse battery")
    alice.save()
    return {"login": alice.email, "password": "correct horse battery"}


def test_it_leads_to_the_page_that_was_asked_for(client, password):
    assert client.post(f"{ADDRESS}?next=/projects/", password | {"next": "/projects/"}).url == "/projects/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "http://[::1", "javascript:alert(1)"])
def test_it_leads_nowhere_else(client, password, elsewhere):
    assert client.get(ADDRESS, {"next": elsewhere}).status_code == 200
    assert client.post(ADDRESS, password | {"next": elsewhere}).url == "/"
    assert client.get(ADDRESS, {"next": elsewhere}).url == "/"


def test_whoever_may_not_is_told_so_by_nothing_but_the_right_password(client, alice, password):
    type(alice).objects.update(is_active=False)
    answer = client.post(ADDRESS, password)
    assert answer.status_code == 403 and "This account is closed" in answer.content.decode()
    wrong = client.post(ADDRESS, password | {"password": "wrong"})
    assert wrong.status_code == 200 and "not correct" in wrong.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_address_that_the_admin_took_in_capitals_signs_in(client, admin_client):
    sent = {"email": "Ngo@Example.org", "name": "Ngo", "is_active": "on"}
    assert admin_client.post("/admin/cohorts/person/add/", sent).status_code == 302
    person = Person.objects.get(name="Ngo")
    person.set_password("correct horse battery")
    person.save()
    assert client.post(ADDRESS, {"login": "ngo@example.org", "password": "correct horse battery"}).url == "/"


def test_nobody_signs_up_uninvited(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_only_the_right_password_signs_in_until_one_signs_out(client, alice, password):
    wrong = client.post(ADDRESS, password | {"password": "wrong"})
    assert wrong.status_code == 200 and "_auth_user_id" not in client.session
    client.post(ADDRESS, password)
    assert client.session["_auth_user_id"] == str(alice.pk)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
