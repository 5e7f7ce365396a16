from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from labeling.cohorts.models import Person
from labeling.projects import giving_roles
from labeling.projects.models import Role
from tests.people import join
from tests.projects.pages import words

URL = "/projects/both/roles/"


@pytest.fixture
def bo(db) -> Person:
    return join("second", "bo@example.org")


def given(project) -> set[tuple[str, str]]:
    return set(project.roles.values_list("person__email", "kind"))


def give(client, person: str, kind: str = "reviewer"):
    return client.post(URL, {"person": person, "kind": kind}, follow=True)


def taken(client, role: Role):
    return client.post(f"{URL}{role.pk}/end/", follow=True)


def test_a_manager_makes_somebody_a_reviewer_who_may_review_from_then_on(client, managed, bo):
    theirs = Client()
    theirs.force_login(bo)
    assert theirs.get("/projects/both/review/").status_code == 404
    assert "is a reviewer now." in words(give(client, "BO@example.org"))
    assert ("bo@example.org", "reviewer") in given(managed)
    assert theirs.get("/projects/both/review/").status_code == 200
    assert theirs.get(URL).status_code == 404


def test_a_pseudonym_will_do(client, managed, bo):
    give(client, bo.pseudonym, "manager")
    assert ("bo@example.org", "manager") in given(managed)


def test_what_somebody_has_already_is_said_and_not_given_twice(client, managed, bo):
    give(client, bo.email)
    assert "is a reviewer already" in words(give(client, bo.email))
    assert managed.roles.filter(person=bo).count() == 1


@pytest.mark.parametrize("person", ["", "nobody@example.org", "bo", "P-"])
def test_nobody_is_found_by_less_than_an_address_or_a_pseudonym(client, managed, bo, person):
    before = given(managed)
    answer = client.post(URL, {"person": person, "kind": "reviewer"})
    assert answer.status_code == 422
    assert given(managed) == before


def test_whoever_cannot_sign_in_gets_no_role(client, managed, bo):
    bo.is_active = False
    bo.save()
    answer = client.post(URL, {"person": bo.email, "kind": "manager"})
    assert "Nobody here has this address or pseudonym" in words(answer)
    assert not bo.roles.exists()


def test_a_role_is_taken_away_and_with_it_what_it_allowed(client, managed, bo):
    role = managed.roles.create(person=bo, kind=Role.Kind.MANAGER)
    theirs = Client()
    theirs.force_login(bo)
    assert theirs.get("/projects/both/").status_code == 200
    assert "is no manager of the project any more" in words(taken(client, role))
    assert theirs.get("/projects/both/").status_code == 404


def test_somebody_always_manages_it(client, managed):
    last = managed.roles.get(kind=Role.Kind.MANAGER)
    assert "Somebody has to manage the project" in words(taken(client, last))
    assert managed.roles.filter(pk=last.pk).exists()


def test_whoever_gives_up_their_own_role_is_led_home(client, managed, bo):
    own = managed.roles.get(kind=Role.Kind.MANAGER)
    managed.roles.create(person=bo, kind=Role.Kind.MANAGER)
    assert client.post(f"{URL}{own.pk}/end/").url == "/"


def test_a_role_in_another_project_is_nobody_elses_to_take(client, managed, draft, bo):
    elsewhere = Client()
    elsewhere.force_login(bo)
    draft.roles.create(person=bo, kind=Role.Kind.MANAGER)
    own = managed.roles.get(kind=Role.Kind.MANAGER)
    assert elsewhere.post(f"/projects/{draft.slug}/roles/{own.pk}/end/").status_code == 404
    assert managed.roles.filter(pk=own.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_end_each_other_leave_one(managed, bo):
    first = managed.roles.get(kind=Role.Kind.MANAGER)
    second = managed.roles.create(person=bo, kind=Role.Kind.MANAGER)

    def end(role: Role) -> bool:
        try:
            giving_roles.end(role)
        except giving_roles.LastManager:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(end, (first, second))) == [False, True]
    assert managed.roles.filter(kind=Role.Kind.MANAGER).count() == 1
