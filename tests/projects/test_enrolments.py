import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.cohorts.models import Cohort, Person, SignInLink
from labeling.projects.models import Enrolment
from tests.people import join, make_project, manage
from tests.projects.pages import fields, words

INDEX = "/projects/poems/enrolments/"
NEW_COHORT = "/projects/poems/cohorts/new/"


@pytest.fixture
def staff(maria) -> Person:
    maria.is_staff = True
    maria.save()
    return maria


def enrol(client, **changes):
    return client.post(INDEX, fields(client.get(INDEX)) | changes)


def people_page(cohort) -> str:
    return f"/projects/poems/cohorts/{cohort.pk}/"


def terms(project) -> list[tuple]:
    return sorted(project.enrolments.values_list("cohort__name", "axis", "quota_per_day"))


def test_a_cohort_is_enrolled_on_the_axes_one_chooses(client, draft, managed):
    first = Cohort.objects.get(name="first")
    assert enrol(client, cohort=first.pk, quota_per_day=40).status_code == 302
    assert terms(draft) == [("first", "helpfulness", 40), ("first", "safety", 40)]
    page = words(client.get(INDEX))
    assert "first" in page and "40" in page


def test_its_people_have_work_from_then_on_and_none_once_it_has_ended(client, alice, draft, managed):
    managed.enrolments.filter(axis="safety").delete()
    enrolment = managed.enrolments.get()
    annotator = Client()
    annotator.force_login(alice)
    assert annotator.get("/projects/both/work/").context["step"].kind == "prompt"
    assert client.post(f"/projects/both/enrolments/{enrolment.pk}/end/").url == "/projects/both/enrolments/"
    assert annotator.get("/projects/both/work/").status_code == 404


def test_the_quota_changes_and_an_empty_one_is_no_limit(client, managed):
    enrolment = managed.enrolments.get(axis="safety")
    url = f"/projects/both/enrolments/{enrolment.pk}/"
    assert client.post(url, {"quota_per_day": 7, "overlap": 1}).status_code == 302
    enrolment.refresh_from_db()
    assert enrolment.quota_per_day == 7
    assert fields(client.get(url)) == {"quota_per_day": 7, "overlap": 1}
    client.post(url, {"quota_per_day": "", "overlap": 1})
    enrolment.refresh_from_db()
    assert enrolment.quota_per_day is None


def test_total_and_overlap_are_set_on_every_page_that_enrols(client, staff, draft, managed):
    assert {"quota_total", "overlap"} <= set(client.get(NEW_COHORT).context["form"].fields)
    enrol(client, cohort=Cohort.objects.get(name="first").pk, quota_total=900, overlap=3)
    assert set(draft.enrolments.values_list("quota_total", "overlap")) == {(900, 3)}
    assert "900" in words(client.get(INDEX))
    url = f"/projects/poems/enrolments/{draft.enrolments.first().pk}/"
    client.post(url, fields(client.get(url)) | {"quota_total": "", "overlap": 2})
    assert draft.enrolments.values_list("quota_total", "overlap").first() == (None, 2)


@pytest.mark.parametrize(
    ("typed", "kept"), [("en, PT-br", ["en", "pt-BR"]), ("Deutsch; de", ["de"]), ("", []), ("en-US", ["en"])]
)
def test_a_cohort_has_the_languages_that_one_types(client, staff, draft, typed, kept):
    client.post(NEW_COHORT, fields(client.get(NEW_COHORT)) | {"name": "Readers", "languages": typed})
    assert Cohort.objects.get().languages == kept


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"quota_per_day": 0}, "leave it empty for no limit"),
        ({"quota_total": 0}, "leave it empty for no limit"),
        ({"overlap": 0}, "Somebody has to judge it"),
        ({"overlap": ""}, "Say how many people"),
        ({"axes": []}, "Choose what the cohort judges for."),
        ({"axes": ["beauty"]}, "Select a valid choice"),
        ({"cohort": ""}, "Choose a cohort."),
    ],
)
def test_an_enrolment_that_makes_no_sense_is_refused_with_the_reason(client, draft, managed, changes, problem):
    answer = enrol(client, **{"cohort": Cohort.objects.get(name="first").pk, **changes})
    assert answer.status_code == 422
    assert problem in words(answer)
    assert not draft.enrolments.exists()


def test_enrolling_twice_is_refused_and_nothing_is_half_enrolled(client, draft, managed):
    first = Cohort.objects.get(name="first")
    enrol(client, cohort=first.pk, axes=["safety"])
    answer = enrol(client, cohort=first.pk)
    assert answer.status_code == 422
    assert "judges for safety already" in words(answer)
    assert draft.enrolments.count() == 1


def test_who_is_not_staff_sees_the_cohorts_of_their_own_projects_alone(client, draft, managed, bob):
    page = client.get(INDEX)
    assert [cohort.name for cohort in page.context["form"].fields["cohort"].queryset] == ["first"]
    second = Cohort.objects.get(name="second")
    assert enrol(client, cohort=second.pk).status_code == 422
    assert client.get(people_page(second)).status_code == 404
    assert client.get(people_page(Cohort.objects.get(name="first"))).status_code == 200


def test_staff_see_every_cohort(client, staff, draft, managed, bob):
    assert enrol(client, cohort=Cohort.objects.get(name="second").pk).status_code == 302


def test_an_enrolment_of_another_project_is_out_of_reach(client, draft):
    other = make_project("elsewhere", cohort="second").enrolments.first()
    for url in (f"/projects/poems/enrolments/{other.pk}/", f"/projects/elsewhere/enrolments/{other.pk}/"):
        assert client.post(url, {"quota_per_day": 9}).status_code == 404
        assert client.post(f"{url}end/").status_code == 404
    assert Enrolment.objects.get(pk=other.pk).quota_per_day is None


def test_staff_make_a_cohort_with_its_people_and_enrol_it_in_one_go(client, staff, draft):
    assert f'href="{NEW_COHORT}"' in words(client.get(INDEX))
    people = 'ana@example.org, "Cy, the elder" <cy@example.org>\r\nBo Lee <BO@example.org>;\r\n\r\nana@example.org'
    answer = client.post(NEW_COHORT, fields(client.get(NEW_COHORT)) | {"name": "Readers", "people": people})
    cohort = Cohort.objects.get()
    assert answer.url == people_page(cohort)
    people = cohort.people.order_by("email").values_list("email", "name")
    assert [*people] == [("ana@example.org", ""), ("bo@example.org", "Bo Lee"), ("cy@example.org", "Cy, the elder")]
    assert not any(person.has_usable_password() for person in cohort.people.all())
    assert terms(draft) == [("Readers", "helpfulness", None), ("Readers", "safety", None)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"people": "ana@example.org\nnobody"}, "Line 2, “nobody”, is no e-mail address."),
        ({"people": "ana@example.org, nobody"}, "Line 1, “nobody”, is no e-mail address."),
        ({"name": "first"}, "Another cohort has this name."),
        ({"languages": "en, Klingon"}, "No language is known by “Klingon”."),
        ({"axes": []}, "Choose what the cohort judges for."),
        ({"people": "\n".join(f"p{n}@example.org" for n in range(501))}, "at most 500 people"),
    ],
)
def test_a_cohort_that_cannot_be_made_leaves_nobody_behind(client, staff, draft, managed, changes, problem):
    before = Person.objects.count(), Cohort.objects.count()
    data = fields(client.get(NEW_COHORT)) | {"name": "Readers", "people": "ana@example.org"} | changes
    answer = client.post(NEW_COHORT, data)
    assert answer.status_code == 422
    assert problem in words(answer)
    assert (Person.objects.count(), Cohort.objects.count()) == before


def test_whoever_has_an_account_joins_with_it_and_whoever_is_in_stays_in_once(client, staff, draft, alice):
    Person.objects.filter(pk=alice.pk).update(email="Alice@Example.org")
    cohort = Cohort.objects.get(name="first")
    bob = join("second", "bob@example.org")
    answer = client.post(people_page(cohort), {"people": "Eve <alice@example.org>\nbob@example.org"}, follow=True)
    assert "1 person has joined" in words(answer)
    assert set(cohort.people.all()) == {alice, bob}
    alice.refresh_from_db()
    assert alice.name == "Alice" and cohort.memberships.count() == 2


def test_links_let_everybody_in_who_was_never_here_and_are_shown_once(client, staff, draft, bob):
    cohort = Cohort.objects.get(name="second")
    draft.enrol(cohort, ["safety"])
    cohort.take_in([("ana@example.org", "Ana")])
    page = client.post(f"{people_page(cohort)}links/")
    found = re.findall(r">http://testserver(/sign-in/[^<]+)<", words(page))
    assert len(found) == 2 and "no-store" in page["Cache-Control"]
    assert "/sign-in/" not in words(client.get(people_page(cohort)))
    visitor = Client()
    assert visitor.post(found[0]).url == "/"
    assert visitor.get("/").status_code == 200


def test_a_single_person_gets_a_link_again(client, staff, draft, alice):
    alice.last_login = alice.date_joined
    alice.save()
    cohort = Cohort.objects.get(name="first")
    page = client.post(f"{people_page(cohort)}links/", {"person": alice.pk})
    assert "/sign-in/" in words(page)
    assert SignInLink.objects.get().person == alice


@pytest.mark.parametrize("rights", ["is_staff", "is_superuser", "manager", "shut out", "elsewhere"])
def test_nobody_gains_rights_by_a_link_made_for_somebody_else(client, staff, draft, alice, rights):
    cohort = Cohort.objects.get(name="first")
    if rights == "manager":
        manage(make_project("elsewhere", cohort="second"), alice)
    elif rights == "shut out":
        Person.objects.filter(pk=alice.pk).update(is_active=False)
    elif rights == "elsewhere":
        alice.memberships.update(left_at="2026-01-01T00:00Z")
    else:
        Person.objects.filter(pk=alice.pk).update(**{rights: True})
    for data in ({}, {"person": alice.pk}, {"person": "everybody"}):
        answer = client.post(f"{people_page(cohort)}links/", data, follow=True)
        assert "Nobody here needs a link" in words(answer)
    assert not SignInLink.objects.exists()


def test_the_list_takes_as_many_queries_however_many_cohorts_and_people_there_are(client, staff, draft):
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    first = Cohort.objects.create(name="C")
    first.take_in([("a@example.org", "")])
    draft.enrol(first, ["safety"])
    few = queries(INDEX), queries(people_page(first))
    first.take_in([(f"a{n}@example.org", "") for n in range(5)])
    for n in range(5):
        draft.enrol(Cohort.objects.create(name=f"C{n}"), ["safety", "helpfulness"])
    assert (queries(INDEX), queries(people_page(first))) == few
