"""Sign-in links that a manager makes who is not staff: for accounts that have no history yet, and for no other."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from labeling.audit.models import Event
from labeling.cohorts.models import Cohort, Person, SignInLink
from tests.people import join, make_project, manage
from tests.projects.pages import words

MAKE = "Make a sign-in link"


@pytest.fixture
def first(managed) -> Cohort:
    return Cohort.objects.get(name="first")


@pytest.fixture
def page(first) -> str:
    return f"/projects/both/cohorts/{first.pk}/"


@pytest.fixture
def names(maria) -> None:
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))


def link(client, page, person) -> str:
    answer = client.post(f"{page}links/", {"person": person.pk})
    return re.search(r"(/sign-in/[\w-]+/)", words(answer))[1]


def test_one_is_made_for_whom_nobody_has_come_in_as_yet_and_its_maker_is_named(client, names, page, alice, maria):
    shown = words(client.get(page))
    assert MAKE in shown and "1 person has never been here" in shown
    path = link(client, page, alice)
    [event] = Event.objects.filter(kind="cohorts.signinlink", action="added")
    assert (event.actor, event.person) == (maria, alice)
    visitor = Client()
    assert visitor.post(path).url == "/"
    assert visitor.session["_auth_user_id"] == str(alice.pk)
    assert MAKE not in words(client.get(page)), "from then on it is their account"


def test_all_who_wait_get_one_at_once(client, names, page, alice):
    been = join("first", "been@example.org")
    Person.objects.filter(pk=been.pk).update(last_login=timezone.now())
    client.post(f"{page}links/")
    assert [one.person for one in SignInLink.objects.all()] == [alice]


def has_been_here(alice, first):
    Person.objects.filter(pk=alice.pk).update(last_login=timezone.now())


def has_a_password(alice, first):
    alice.set_password("correct horse battery")
    alice.save()


def is_elsewhere_too(alice, first):
    Cohort.objects.create(name="elsewhere").join([alice])


def was_elsewhere(alice, first):
    other = Cohort.objects.create(name="elsewhere")
    other.join([alice])
    other.let_go(alice)


def has_a_role(alice, first):
    manage(make_project("other", cohort="other"), alice)


def is_staff(alice, first):
    Person.objects.filter(pk=alice.pk).update(is_staff=True)


def may_not_sign_in(alice, first):
    Person.objects.filter(pk=alice.pk).update(is_active=False)


def has_left(alice, first):
    first.let_go(alice)


CHANGES = [
    *(has_been_here, has_a_password, is_elsewhere_too, was_elsewhere),
    *(has_a_role, is_staff, may_not_sign_in, has_left),
]


@pytest.mark.parametrize("how", CHANGES)
def test_none_is_made_for_anybody_else(client, names, page, first, alice, how):
    how(alice, first)
    assert MAKE not in words(client.get(page))
    for asked in ({"person": alice.pk}, {}):
        assert client.post(f"{page}links/", asked).url == page
    assert "You can make no link here" in words(client.get(page))
    assert not SignInLink.objects.exists()


def test_none_is_made_in_a_cohort_that_works_in_a_project_of_another_manager_too(client, names, page, alice):
    make_project("elsewhere", cohort="first")
    assert MAKE not in words(client.get(page))
    assert client.post(f"{page}links/", {"person": alice.pk}).status_code == 404
    assert not SignInLink.objects.exists()


def test_none_is_made_by_who_cannot_tell_whom_it_is_for(client, page, alice):
    assert MAKE not in words(client.get(page))
    assert client.post(f"{page}links/", {"person": alice.pk}).status_code == 404
    assert not SignInLink.objects.exists()


@pytest.mark.parametrize("how", CHANGES)
def test_one_that_was_made_before_lets_nobody_in_any_more(client, names, page, first, alice, how):
    path = link(client, page, alice)
    how(alice, first)
    visitor = Client()
    assert visitor.post(path).status_code == visitor.get(path).status_code == 410
    assert "_auth_user_id" not in visitor.session


def cohort_works_elsewhere_too(maria):
    make_project("elsewhere", cohort="first")


def sees_no_names(maria):
    maria.user_permissions.clear()


def manages_nothing(maria):
    maria.roles.all().delete()


def is_gone(maria):
    Person.objects.filter(pk=maria.pk).update(is_active=False)


@pytest.mark.parametrize("how", [cohort_works_elsewhere_too, sees_no_names, manages_nothing, is_gone])
def test_one_whose_maker_could_make_it_no_more_lets_nobody_in(client, names, page, alice, maria, how):
    path = link(client, page, alice)
    how(maria)
    visitor = Client()
    assert visitor.post(path).status_code == visitor.get(path).status_code == 410
    assert "_auth_user_id" not in visitor.session


def test_one_of_staff_ends_when_its_person_gets_a_role_or_its_maker_is_staff_no_more(client, maria, page, alice):
    Person.objects.filter(pk=maria.pk).update(is_staff=True)
    Person.objects.filter(pk=alice.pk).update(last_login=timezone.now())
    first, second = link(client, page, alice), link(client, page, alice)
    role = alice.roles.create(project=make_project("other", cohort="other"), kind="manager")
    assert Client().post(first).status_code == 410
    role.delete()
    assert Client().post(first).url == "/"
    Person.objects.filter(pk=maria.pk).update(is_staff=False)
    assert Client().post(second).status_code == 410


def test_staff_make_them_for_whoever_annotates(client, maria, page, alice):
    Person.objects.filter(pk=maria.pk).update(is_staff=True)
    alice.set_password("correct horse battery")
    alice.last_login = timezone.now()
    alice.save()
    assert Client().post(link(client, page, alice)).url == "/"
