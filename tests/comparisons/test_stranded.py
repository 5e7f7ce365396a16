"""What managers are told of pairs that want another person, where nobody is left for them."""

import pytest

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons import leases, stranded
from labeling.comparisons.models import Comparison
from labeling.comparisons.stranded import Stranded
from labeling.dialogues.models import Turn
from labeling.exams.models import Qualification
from labeling.projects.models import Axis, Enrolment, Project, Round
from tests.comparisons.overlapped import claim, free_slots, judged_by, lapse, overlapped
from tests.comparisons.overlapped import people as people
from tests.people import join, make_project, manage

PAGE = "/projects/help/leases/"
NONE = Stranded(0, more=False)
ONE = Stranded(1, more=False)


@pytest.fixture
def project(people) -> Project:
    """Five people for each pair, of four who are there."""
    return overlapped(make_project("help", (Axis.HELPFULNESS,)), 5)


@pytest.fixture
def comparison(alice, project, people) -> Comparison:
    """Everybody has had it, and one slot is free."""
    comparison = judged_by(alice, project)
    for person in people:
        assert claim(person, project)
    assert len(free_slots(comparison)) == 1
    return comparison


@pytest.fixture
def hers(client, manager, project):
    """The manager's browser."""
    manage(project, manager)
    client.force_login(manager)
    return client


def test_a_pair_is_none_while_somebody_is_left(alice, people, project):
    judged_by(alice, project)
    assert Stranded.of(project) == NONE
    for person in people[:2]:
        claim(person, project)
    assert Stranded.of(project) == NONE


def test_it_is_one_once_everybody_has_had_it_until_somebody_comes(comparison, project):
    assert Stranded.of(project) == ONE
    frank = join("first", "frank@example.org")
    assert Stranded.of(project) == NONE
    assert claim(frank, project)
    assert Stranded.of(project) == NONE


def test_whoever_let_it_lapse_is_not_given_it_again(alice, people, project):
    comparison = judged_by(alice, project)
    for person in people:
        lapse(claim(person, project))
    assert len(free_slots(comparison)) == 4 and Stranded.of(project) == ONE


def test_whoever_is_paused_or_gone_or_may_not_sign_in_is_nobody(alice, manager, people, project):
    judged_by(alice, project)
    carol, dave, erin = people
    carol.memberships.pause("Until Monday.", manager)
    dave.memberships.leave()
    Person.objects.filter(pk=erin.pk).update(is_active=False)
    assert Stranded.of(project) == ONE
    carol.memberships.resume()
    assert Stranded.of(project) == NONE


def test_they_must_work_on_its_axis(alice, people):
    both = overlapped(make_project("both"), 2)
    judged_by(alice, both)
    assert Stranded.of(both) == NONE
    Enrolment.objects.filter(project=both, axis=Axis.SAFETY).delete()
    assert Stranded.of(both) == ONE
    Enrolment.objects.filter(project=both).delete()
    assert Stranded.of(both) == ONE, "the same pair on both axes"


def test_they_must_read_its_language(alice, people, project):
    comparison = judged_by(alice, project)
    Turn.objects.filter(pk=comparison.turn_id).update(language="fr-CA")
    Cohort.objects.update(languages=["de", "en-GB"])
    assert (Stranded.of(project), claim(people[0], project)) == (ONE, None)
    Person.objects.filter(pk=people[0].pk).update(language="fr")
    people[0].refresh_from_db()
    assert Stranded.of(project) == NONE
    assert claim(people[0], project)
    Cohort.objects.update(languages=[])
    assert Stranded.of(project) == NONE


def test_languages_of_all_of_their_cohorts_count_together(alice, people, project):
    comparison = judged_by(alice, project)
    Turn.objects.filter(pk=comparison.turn_id).update(language="fr")
    Cohort.objects.update(languages=["de"])
    french = Cohort.objects.create(name="french", languages=["fr"])
    Enrolment.objects.create(cohort=french, project=project, axis=Axis.HELPFULNESS)
    assert Stranded.of(project) == ONE
    Membership.objects.create(cohort=french, person=people[0])
    assert {"de", "fr"} <= set(leases.languages_of(people[0], project.rounds.get()))
    assert Stranded.of(project) == NONE


def test_they_must_have_passed_what_the_project_asks_for(alice, manager, people, project):
    judged_by(alice, project)
    wanted = Qualification.objects.create(name="reading", version=1)
    project.requirements.create(axis=Axis.HELPFULNESS, qualification=wanted)
    assert Stranded.of(project) == ONE
    wanted.grants.create(person=people[0], given_by=manager, reason="by hand")
    assert Stranded.of(project) == NONE


def test_only_a_round_that_is_open_asks(comparison, project):
    project.rounds.update(state=Round.State.REVIEW)
    assert Stranded.of(project) == NONE


def test_no_more_are_counted_than_are_said(alice, manager, people, project, monkeypatch):
    for person in people:
        person.memberships.pause("Until Monday.", manager)
    for _ in range(3):
        judged_by(alice, project)
    assert Stranded.of(project) == Stranded(3, more=False)
    monkeypatch.setattr(stranded, "MOST", 2)
    assert Stranded.of(project) == Stranded(2, more=True)
    monkeypatch.setattr(stranded, "LOOKED_AT", 1)
    assert Stranded.of(project) == Stranded(1, more=True)


def test_it_takes_one_statement(comparison, project, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert Stranded.of(project) == ONE


def test_the_page_says_so_and_what_to_do(hers, comparison, project):
    text = hers.get(PAGE).content.decode()
    assert "1 pair waits for somebody who is not there" in text and 'href="/projects/help/enrolments/"' in text
    join("first", "frank@example.org")
    assert "waits for somebody" not in hers.get(PAGE).content.decode()


def test_a_managers_first_page_and_that_of_quality_say_so_too(hers, comparison, project):
    needs = [(need.about, need.sentence, need.url) for need in hers.get("/").context["needs"]]
    assert ("Help", "1 pair waits for somebody who is not there.", PAGE) in needs
    assert "1 pair waits for somebody who is not there" in hers.get("/projects/help/quality/").content.decode()
    join("first", "frank@example.org")
    for page in ("/", "/projects/help/quality/"):
        assert "waits for somebody" not in hers.get(page).content.decode()


def test_who_only_reviews_is_told_nothing_of_it(client, comparison, project):
    rita = join("reviewers", "rita@example.org")
    project.roles.create(person=rita, kind="reviewer")
    client.force_login(rita)
    assert "waits for somebody" not in client.get("/projects/help/quality/").content.decode()


def test_each_of_many_projects_is_looked_at_by_itself_in_one_statement(
    alice, comparison, people, project, django_assert_num_queries
):
    others = [overlapped(make_project(slug, (Axis.HELPFULNESS,), cohort=slug), 5) for slug in ("more", "none")]
    judged_by(join("more", "author@example.org"), others[0])
    join("none", "nobody@example.org")
    with django_assert_num_queries(1):
        found = Stranded.of_all([project, *others], 10)
    assert found == {project.pk: ONE, others[0].pk: ONE}
    assert Stranded.of_all([], 10) == {}
