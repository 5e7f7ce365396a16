"""The page of a cohort: its people as a table, and what it is called."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from labeling.audit.models import Event
from labeling.cohorts.models import Cohort, Person
from tests.people import join, make_project
from tests.projects.pages import words


@pytest.fixture
def first(managed) -> Cohort:
    return Cohort.objects.get(name="first")


@pytest.fixture
def page(first) -> str:
    return f"/projects/both/cohorts/{first.pk}/"


@pytest.fixture
def staff(maria) -> None:
    maria.is_staff = True
    maria.save()


def shown(answer) -> list[str]:
    return [row.record.person.email for row in answer.context["listing"].table.rows]


def test_many_people_are_a_page_at_a_time_searched_and_sorted(client, staff, page, first, alice, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    for name in ("Zoe", "Bea", "Yan"):
        join("first", f"{name.lower()}@example.org")
    begin = client.get(f"{page}?sort=name")
    assert shown(begin) == ["alice@example.org", "bea@example.org"]
    later = client.get(f"{page}?sort=name&after={begin.context['listing'].rows.page.after}")
    assert shown(later) == ["yan@example.org", "zoe@example.org"]
    assert shown(client.get(f"{page}?q=BEA@")) == ["bea@example.org"]
    Person.objects.filter(pk=alice.pk).update(last_login=alice.date_joined)
    assert shown(client.get(f"{page}?here=once")) == ["alice@example.org"]
    assert "Nothing here is like that." in words(client.get(f"{page}?q=nobody"))


def test_the_file_has_names_for_whom_they_are_shown(client, page, maria, alice):
    def file() -> list[list[str]]:
        text = b"".join(client.get(f"{page}?as=csv").streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    assert [row[0] for row in file()] == ["Person", alice.pseudonym] and "Alice" not in str(file())
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    assert file()[1][:3] == [alice.pseudonym, "Alice", "alice@example.org"]


def test_who_has_left_is_not_in_the_list(client, page, alice):
    alice.memberships.leave()
    assert "Nobody is in this cohort yet." in words(client.get(page))


def test_its_name_and_languages_are_changed_and_noted(client, page, first, maria):
    assert f'href="{page}change/"' in words(client.get(page))
    assert client.post(f"{page}change/", {"name": " Lisbon ", "languages": "pt-BR, Deutsch"}).url == page
    first.refresh_from_db()
    assert (first.name, first.languages) == ("Lisbon", ["pt-BR", "de"])
    event = Event.objects.filter(kind="cohorts.cohort", action="changed").latest("pk")
    assert event.actor == maria and event.before["name"] == "first" and event.after["name"] == "Lisbon"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"name": ""}, "Give the cohort a name."),
        ({"name": "second"}, "Another cohort has this name."),
        ({"languages": "Klingonese"}, "No language is known by"),
    ],
)
def test_what_no_cohort_can_be_called_comes_back(client, page, first, bob, said, problem):
    answer = client.post(f"{page}change/", {"name": "first", "languages": "", **said})
    assert answer.status_code == 422 and problem in words(answer)
    first.refresh_from_db()
    assert (first.name, first.languages) == ("first", [])


def test_it_keeps_its_own_name(client, page):
    assert client.post(f"{page}change/", {"name": "first", "languages": "en"}).status_code == 302


def test_a_cohort_that_others_rely_on_is_changed_by_staff_alone(client, page, first, maria):
    make_project("elsewhere", cohort="second").enrol(first, ["safety"])
    assert client.post(f"{page}change/", {"name": "Mine", "languages": ""}).status_code == 404
    assert "change/" not in words(client.get(page))
    Person.objects.filter(pk=maria.pk).update(is_staff=True)
    assert client.post(f"{page}change/", {"name": "Ours", "languages": ""}).status_code == 302


def test_more_links_than_a_page_shows_are_in_its_file(client, staff, page, first, alice, monkeypatch):
    monkeypatch.setattr("labeling.projects.views.cohorts.SHOWN", 1)
    first.take_in([("bo@example.org", "=Bo")])
    answer = client.post(f"{page}links/")
    assert "The first 1 are shown." in words(answer)
    rows = list(csv.reader(io.StringIO(answer.context["file"])))
    assert [row[:2] for row in rows] == [["name", "email"], ["'=Bo", "bo@example.org"], ["Alice", "alice@example.org"]]
    for row in rows[1:]:
        assert Client().post(row[2].removeprefix("http://testserver")).url == "/"
