"""What a manager may change about a person of a cohort, and what becomes of their work."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons.models import Assignment, Comparison
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project, manage
from tests.projects.pages import words


@pytest.fixture
def first(managed, maria) -> Cohort:
    """Whose people Maria may see by name."""
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    return Cohort.objects.get(name="first")


def url(cohort: Cohort, person: Person, step: str = "") -> str:
    return f"/projects/both/cohorts/{cohort.pk}/people/{person.pk}/{step}"


def current(cohort: Cohort) -> list[str]:
    return list(cohort.memberships.filter(left_at=None).values_list("person__email", flat=True))


def test_a_name_is_corrected_and_what_makes_none_comes_back(client, first, alice):
    page = f"/projects/both/cohorts/{first.pk}/"
    assert f'href="{url(first, alice)}"' in words(client.get(page))
    assert client.post(url(first, alice), {"name": " Alice Liddell "}).url == page
    alice.refresh_from_db()
    assert alice.name == "Alice Liddell"
    for name, problem in (("  ", "Give a name."), ("x" * 151, "at most 150 characters")):
        refused = client.post(url(first, alice), {"name": name})
        assert refused.status_code == 422 and problem in words(refused)
        assert "<h1" in words(refused) and "Alice Liddell" in words(refused)
    alice.refresh_from_db()
    assert alice.name == "Alice Liddell"


def test_without_the_permission_people_have_no_names_here_and_are_given_none(client, first, maria, alice):
    maria.user_permissions.clear()
    page, own = words(client.get(f"/projects/both/cohorts/{first.pk}/")), words(client.get(url(first, alice)))
    for html in (page, own):
        assert alice.pseudonym in html and "Alice" not in html and "alice@example.org" not in html
    assert client.post(url(first, alice), {"name": "Mallory"}).status_code == 404
    assert alice.pseudonym in words(client.post(url(first, alice, "leave/"), follow=True))


def test_who_is_more_than_an_annotator_is_not_named_here(client, first, alice):
    manage(make_project("elsewhere", cohort="second"), alice)
    assert "They are more than an annotator" in words(client.get(url(first, alice)))
    assert client.post(url(first, alice), {"name": "Mallory"}).status_code == 404
    assert client.post(url(first, alice, "leave/")).status_code == 302


def test_whoever_is_taken_out_has_no_work_and_what_they_judged_stays(client, first, alice, managed):
    judged, begun = ask(alice, managed), ask(alice, managed, "And why?")
    answer(judged)
    annotator = Client()
    annotator.force_login(alice)
    for assignment in Assignment.objects.filter(comparison__turn=judged):
        judge(annotator, assignment)
    assert client.post(url(first, alice, "leave/"), follow=True).status_code == 200
    assert current(first) == []
    assert annotator.get("/projects/both/work/").status_code == 404
    begun.dialogue.refresh_from_db()
    assert begun.dialogue.ended_at and set(begun.completions.values_list("state", flat=True)) == {"cancelled"}
    assert (Comparison.objects.judged().count(), Comparison.objects.under_way().count()) == (1, 0)
    assert alice.pseudonym in words(client.get("/projects/both/rounds/1/judgements/"))


def test_a_judgement_that_was_on_its_way_is_taken(client, first, alice, assignment):
    client.post(url(first, alice, "leave/"))
    annotator = Client()
    annotator.force_login(alice)
    assert judge(annotator, assignment).status_code == 200
    assert assignment.revisions.count() == 1


def test_what_another_cohort_works_on_goes_on(client, first, alice, managed):
    begun = ask(alice, managed)
    second = Cohort.objects.create(name="second")
    managed.enrol(second, ["safety"])
    Membership.objects.create(cohort=second, person=alice)
    client.post(url(first, alice, "leave/"))
    begun.dialogue.refresh_from_db()
    assert begun.dialogue.ended_at is None
    client.post(url(second, alice, "leave/"))
    begun.dialogue.refresh_from_db()
    assert begun.dialogue.ended_at


def test_others_of_the_cohort_go_on(client, first, alice, managed):
    carol = join("first", "carol@example.org")
    begun = ask(carol, managed)
    client.post(url(first, alice, "leave/"))
    begun.dialogue.refresh_from_db()
    assert (begun.dialogue.ended_at, current(first)) == (None, ["carol@example.org"])


def test_who_has_left_is_not_there_to_be_changed_and_may_come_back(client, first, alice):
    client.post(url(first, alice, "leave/"))
    assert client.get(url(first, alice)).status_code == 404
    assert client.post(url(first, alice, "leave/")).status_code == 404
    assert first.take_in([("alice@example.org", "")]) == 1
    assert client.get(url(first, alice)).status_code == 200


def test_a_cohort_that_others_rely_on_is_changed_by_staff_alone(client, maria, first, alice):
    make_project("elsewhere", cohort="second").enrol(first, ["safety"])
    page = f"/projects/both/cohorts/{first.pk}/"
    assert url(first, alice) not in words(client.get(page))
    assert client.get(url(first, alice)).status_code == client.post(url(first, alice, "leave/")).status_code == 404
    maria.is_staff = True
    maria.save()
    assert url(first, alice) in words(client.get(page))
    assert client.post(url(first, alice, "leave/")).status_code == 302


def test_a_repeated_address_keeps_its_name(client, maria, first):
    maria.is_staff = True
    maria.save()
    people = "Ana Silva <ana@example.org>\nANA@example.org\nbo@example.org\nBo Lee <bo@example.org>"
    client.post(f"/projects/both/cohorts/{first.pk}/", {"people": people})
    client.post(f"/projects/both/cohorts/{first.pk}/", {"people": "cy@example.org"})
    client.post(f"/projects/both/cohorts/{first.pk}/", {"people": "Cy <Cy@example.org>\nNo <ana@example.org>"})
    named = first.people.exclude(name="Alice").values_list("email", "name")
    assert set(named) == {("ana@example.org", "Ana Silva"), ("bo@example.org", "Bo Lee"), ("cy@example.org", "Cy")}
