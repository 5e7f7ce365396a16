"""The page of everybody a manager may see: what it shows to whom, how it is searched and sorted, what is done there."""

import csv
import io
import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from labeling.cohorts.confirmed import confirm, is_confirmed
from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons.models import Assignment
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project, manage
from tests.projects.pages import words

PEOPLE = "/people/"


@pytest.fixture
def maria(db, project) -> Person:
    """Manages Alice's project, and is not staff."""
    maria = Person.objects.create_user("maria@example.org", name="Maria Costa")
    manage(project, maria)
    return maria


@pytest.fixture
def client(maria) -> Client:
    return signed_in(maria)


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def staff(manager) -> Client:
    return signed_in(manager)


def shown(answer) -> list[str]:
    """The pseudonyms in the table, from the top."""
    return [row.record.pseudonym for row in answer.context["listing"].table.rows]


def judged(person, project) -> None:
    turn = ask(person, project)
    answer(turn)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        judge(signed_in(person), assignment, active_ms=30_000, elapsed_ms=40_000)


def test_a_manager_sees_the_people_of_their_cohorts_by_pseudonym_alone(client, alice, bob):
    page = client.get(PEOPLE)
    assert shown(page) == [alice.pseudonym]
    assert "alice@example.org" not in words(page) and "Alice" not in words(page)
    assert shown(client.get(f"{PEOPLE}?q=alice")) == []


def test_who_may_see_names_finds_people_by_them(client, maria, alice, bob):
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    page = client.get(f"{PEOPLE}?q=ALICE@")
    assert shown(page) == [alice.pseudonym] and "alice@example.org" in words(page)


def test_staff_see_everybody_with_their_names(staff, manager, alice, bob):
    page = staff.get(PEOPLE)
    assert set(shown(page)) == {alice.pseudonym, bob.pseudonym, manager.pseudonym}
    assert "alice@example.org" in words(page)


def test_work_is_counted_by_day_and_that_of_other_managers_projects_is_not(client, staff, alice, project):
    elsewhere = make_project("elsewhere", ("helpfulness",))
    judged(alice, project)
    judged(alice, elsewhere)
    [row] = client.get(PEOPLE).context["listing"].table.rows
    assert (row.record.today, row.record.week, row.record.total) == (2, 2, 2)
    everything = staff.get(f"{PEOPLE}?q=alice").context["listing"].table.rows[0]
    assert everything.record.total == 3


@pytest.mark.parametrize(("state", "expected"), [("active", "alice"), ("paused", "carol"), ("left", "dan")])
def test_it_filters_by_state(client, manager, alice, state, expected):
    join("first", "carol@example.org").memberships.pause("A rest.", manager)
    join("first", "dan@example.org").memberships.leave()
    assert shown(client.get(f"{PEOPLE}?state={state}")) == [
        Person.objects.get(email=f"{expected}@example.org").pseudonym
    ]


def test_it_filters_by_cohort_and_language_and_by_nothing_that_makes_no_sense(staff, alice, bob):
    first = Cohort.objects.get(name="first")
    Cohort.objects.filter(name="second").update(languages=["pt-BR"])
    assert shown(staff.get(f"{PEOPLE}?cohort={first.pk}")) == [alice.pseudonym]
    assert shown(staff.get(f"{PEOPLE}?language=pt-BR")) == [bob.pseudonym]
    assert len(shown(staff.get(f"{PEOPLE}?cohort=99999&state=lost&language=xx&sort=nothing&after=x"))) == 3


def test_a_cohort_of_others_is_no_filter(client, bob):
    assert not client.get(f"{PEOPLE}?cohort={Cohort.objects.get(name='second').pk}").context["listing"].is_filtered


@pytest.mark.parametrize(
    "sort", ["pseudonym", "-pseudonym", "name", "total", "-total", "last_day", "-last_day", "state"]
)
def test_pages_in_any_order_have_everybody_once_and_lead_back(staff, project, alice, monkeypatch, sort):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 3)
    for n in range(7):
        join("first", f"p{n}@example.org")
    judged(alice, project)
    whole = [one.pseudonym for one in Person.objects.all()]
    seen, address = [], f"{PEOPLE}?sort={sort}"
    while address:
        page = staff.get(address)
        seen.append(shown(page))
        after = page.context["listing"].rows.page.after
        address = f"{PEOPLE}?sort={sort}&after={after}" if after else ""
    rows = [row for one in seen for row in one]
    assert sorted(rows) == sorted(whole)
    for earlier in reversed(seen[:-1]):
        page = staff.get(f"{PEOPLE}?sort={sort}&before={page.context['listing'].rows.page.before}")
        assert shown(page) == earlier
    keys = {person.pseudonym: person for person in Person.objects.all()}
    if sort in ("pseudonym", "name"):
        assert [getattr(keys[row], sort) for row in rows] == sorted(getattr(keys[row], sort) for row in rows)
    if sort in ("-total", "last_day", "-last_day"):
        assert rows[0] == alice.pseudonym, "and who has not judged comes last"


def test_the_head_says_how_it_is_sorted_and_leads_on(client):
    html = words(client.get(f"{PEOPLE}?sort=-total"))
    assert re.search(r'class="[a-z ]*number[a-z ]*" aria-sort="descending"><a class="sorts" id="sort-total"', html)
    assert html.count("aria-sort") == 1 and "<caption" in html


def test_htmx_gets_the_part_that_changes(client):
    part = client.get(f"{PEOPLE}?sort=state", headers={"HX-Request": "true"})
    assert words(part).startswith('<div id="listing"')


def test_the_file_has_all_rows_and_no_formula(client, maria, alice, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 1)
    join("first", "carol@example.org")
    Person.objects.filter(pk=alice.pk).update(name="=1+1")
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    answer = client.get(f"{PEOPLE}?as=csv&sort=name")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["Person", "Name", "E-mail address"]
    assert [row[1] for row in rows[1:]] == ["'=1+1", "Carol"]
    assert answer["Content-Disposition"].startswith('attachment; filename="people-')


def act(client, name: str, *people: Person, query: str = "", **data):
    return client.post(PEOPLE + query, {"act": name, "person": [one.pk for one in people], **data})


def test_many_are_paused_with_a_reason_and_resumed_at_once(client, maria, alice):
    carol = join("first", "carol@example.org")
    assert act(client, "pause", alice, carol).status_code == 422
    assert "Say why, in words for them." in words(act(client, "pause", alice, carol))
    answer = act(client, "pause", alice, carol, reason="A rest.", query="?sort=state")
    assert answer.url == f"{PEOPLE}?sort=state"
    assert "2 people are paused." in words(client.get(PEOPLE))
    assert Membership.objects.paused().count() == 2
    assert "2 people get work again." in words(client.post(PEOPLE, {"act": "resume", "everybody": "1"}, follow=True))


def test_people_are_moved_and_who_is_paused_stays(staff, manager, alice, bob):
    carol = join("first", "carol@example.org")
    carol.memberships.pause("A rest.", manager)
    target = Cohort.objects.get(name="second")
    assert act(staff, "move", alice).status_code == 422
    said = words(staff.post(PEOPLE, {"act": "move", "person": [alice.pk, carol.pk], "cohort": target.pk}, follow=True))
    assert "1 person is in “second” now." in said and "1 is paused and stays" in said
    assert set(target.memberships.current().values_list("person", flat=True)) == {alice.pk, bob.pk}


def test_nobody_is_acted_on_in_cohorts_that_one_does_not_run(client, alice, bob):
    Cohort.objects.get(name="second").join([alice])
    act(client, "leave", alice, bob)
    assert set(Membership.objects.current().values_list("person__email", "cohort__name")) == {
        ("alice@example.org", "second"),
        ("bob@example.org", "second"),
    }
    assert act(client, "move", alice, cohort=Cohort.objects.get(name="second").pk).status_code == 422


def test_the_filter_of_a_cohort_is_the_cohort_they_are_let_go_from(staff, alice, bob):
    first, second = Cohort.objects.get(name="first"), Cohort.objects.get(name="second")
    second.join([alice])
    act(staff, "leave", alice, query=f"?cohort={second.pk}")
    assert list(alice.memberships.current().values_list("cohort", flat=True)) == [first.pk]


def test_nobody_ticked_is_nobody_changed(client, alice):
    answer = client.post(PEOPLE, {"act": "leave"})
    assert answer.status_code == 422 and "Tick at least one person." in words(answer)
    assert alice.memberships.current().exists()


def test_a_persons_page_tells_all_that_its_reader_may_know(client, maria, alice, project):
    judged(alice, project)
    alice.memberships.pause("A rest.", maria)
    page = words(client.get(f"{PEOPLE}{alice.pk}/"))
    assert alice.pseudonym in page and "alice@example.org" not in page
    assert "“A rest.”" in page and f"by {maria.pseudonym}" in page
    assert f'href="/projects/both/rounds/1/judgements/?person={alice.pk}"' in page
    assert client.post(f"{PEOPLE}{alice.pk}/", {"act": "resume"}).url == f"{PEOPLE}{alice.pk}/"
    assert not Membership.objects.paused().exists()


def test_somebody_of_another_cohort_is_not_there(client, bob):
    assert client.get(f"{PEOPLE}{bob.pk}/").status_code == 404
    assert client.post(f"{PEOPLE}{bob.pk}/", {"act": "leave"}).status_code == 404
    assert bob.memberships.current().exists()


def test_it_takes_as_many_queries_for_many_as_for_one(client, staff, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            staff.get(url)
        return len(captured)

    few = queries(PEOPLE), queries(f"{PEOPLE}{alice.pk}/")
    for n in range(9):
        join(f"cohort {n}", f"p{n}@example.org")
    assert (queries(PEOPLE), queries(f"{PEOPLE}{alice.pk}/")) == few


def test_which_addresses_are_confirmed_is_shown_with_the_names(client, maria, alice, bob):
    assert "not confirmed" not in words(client.get(PEOPLE)), "an address that one does not see"
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    assert "not confirmed" in words(client.get(PEOPLE))
    assert shown(client.get(f"{PEOPLE}?address=confirmed")) == []
    confirm(alice)
    assert shown(client.get(f"{PEOPLE}?address=confirmed")) == [alice.pseudonym]
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(f"{PEOPLE}?as=csv")).decode("utf-8-sig"))))
    assert [row["Address confirmed"] for row in rows] == ["yes"]


def test_a_manager_who_runs_the_cohort_confirms_what_they_see(client, maria, alice):
    path = f"{PEOPLE}{alice.pk}/confirm/"
    assert client.post(path).status_code == 404, "they see no address"
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    assert client.get(path).status_code == 405
    assert client.post(path).url == f"{PEOPLE}{alice.pk}/"
    assert is_confirmed(alice)


@pytest.mark.parametrize("why", ["the cohort works elsewhere too", "more than an annotator", "let go"])
def test_they_confirm_nobody_elses(client, maria, alice, project, why):
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    if why == "the cohort works elsewhere too":
        make_project("elsewhere", cohort="first")
    elif why == "more than an annotator":
        manage(project, alice)
    else:
        alice.memberships.all().leave()
    assert client.post(f"{PEOPLE}{alice.pk}/confirm/").status_code == 404
    assert not is_confirmed(alice)
    assert "confirm it" not in words(client.get(f"{PEOPLE}{alice.pk}/"))
