"""Known answers that are wrong: found by those who are right about all the others, and left to a person."""

import pytest

from labeling.projects.models import Axis
from labeling.quality import known
from labeling.quality.models import Counts, GoldAnswer
from labeling.quality.wrong_gold import Answer, weigh
from tests.people import join, make_project, manage
from tests.quality.judging import compared, computed, judged

ITEMS = 16  # so many right answers are surely above what is asked of somebody to be trusted


def answers(wrong: set[int], guessing: set[int] = frozenset(), people: int = 6) -> list[Answer]:
    """Everybody is right but about what is wrong; who guesses is right about every other one."""
    return [
        Answer(item, person, item % 2 == 0 if person in guessing else item not in wrong)
        for item in range(ITEMS)
        for person in range(people)
    ]


def found(given: list[Answer]) -> set[int]:
    return {item for item, one in weigh(given).items() if one.is_wrong}


def test_what_people_miss_who_are_right_elsewhere_is_wrong():
    assert found(answers({3})) == {3}
    assert found(answers(set())) == set()


def test_whoever_guesses_makes_nothing_wrong():
    assert found(answers(set(), guessing=set(range(6)))) == set()
    assert found(answers({3}, guessing={4, 5})) == {3}


def test_a_few_people_are_not_enough():
    assert found(answers({3}, people=3)) == set()
    assert found(answers({3}, people=4)) == {3}


def test_what_some_miss_is_hard_and_not_wrong():
    assert found([one._replace(right=one.right or one.person % 2 == 0) for one in answers({3})]) == set()


def test_one_wrong_answer_does_not_hide_another():
    """Who misses both is not surely right about the others, until somebody else shows that one of them is wrong."""
    others = [one._replace(person=10 + one.person) for one in answers({3, 5}, people=4) if one.gold != 5]
    assert found(answers({3, 5}, people=4)) == set()
    assert found(answers({3, 5}, people=4) + others) == {3, 5}


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(6)]


@pytest.fixture
def project(people, manager):
    project = make_project("help", (Axis.HELPFULNESS,))
    manage(project, manager)
    return project


@pytest.fixture
def wrong(people, project, manager) -> GoldAnswer:
    """Of 16 known answers one, which the others all miss."""
    author = people[0]
    for number in range(ITEMS):
        pair = compared(author, project)
        judged(pair, author, 1, kind="author")
        one = GoldAnswer.objects.create(
            comparison=pair, axis="helpfulness", chosen=pair.second if number == 3 else pair.first, made_by=manager
        )
        for person in people[1:]:
            judged(pair, person, 2, kind="gold")
        if number == 3:
            bad = one
    return bad


def test_a_wrong_one_is_suspended_with_its_evidence_and_left_to_a_person(client, manager, people, project, wrong):
    known.look()
    wrong.refresh_from_db()
    assert wrong.suspended_at and (wrong.answers, wrong.right, wrong.trusted, wrong.missed) == (5, 0, 5, 5)
    assert GoldAnswer.objects.suspects().get() == wrong
    client.force_login(manager)
    page = client.get(f"/projects/help/quality/known/{wrong.pk}/").content.decode()
    assert all(str(person) in page or person.pseudonym in page for person in people[1:])
    assert "Of 5 people who are right about the other known answers, 5 miss this one" in page
    assert "One looks wrong" in client.get("/projects/help/quality/known/").content.decode()


def test_what_is_wrong_on_the_other_axis_is_told_with_the_way_there_and_listed_there_alone(client, manager, people):
    project = make_project("two")
    manage(project, manager)
    pair = compared(people[0], project)
    answer = GoldAnswer.objects.create(comparison=pair, axis="safety", chosen=pair.first, made_by=manager)
    answer.suspend()
    client.force_login(manager)
    page = client.get("/projects/two/quality/known/")
    assert "No answer is known here yet." in page.content.decode()
    assert '<a href="?axis=safety&amp;state=suspended">' in page.content.decode()
    there = client.get("/projects/two/quality/known/", {"axis": "safety", "state": "suspended"}).content.decode()
    assert f"/projects/two/quality/known/{answer.pk}/" in there
    assert '/projects/two/quality/" aria-current="page"' in there


def test_once_it_is_retired_it_counts_in_nobodys_figures(client, manager, people, project, wrong):
    computed(project)
    assert (Counts.objects.get(person=people[1]).gold, Counts.objects.get(person=people[1]).gold_of) == (15, 16)
    client.force_login(manager)
    assert client.post(f"/projects/help/quality/known/{wrong.pk}/", {"why": ""}).status_code == 422
    assert client.post(f"/projects/help/quality/known/{wrong.pk}/", {"why": "Both are right."}).status_code == 302
    computed(project)
    assert (Counts.objects.get(person=people[1]).gold, Counts.objects.get(person=people[1]).gold_of) == (15, 15)
    assert "Both are right." in client.get(f"/projects/help/quality/known/{wrong.pk}/").content.decode()


def test_what_somebody_confirms_stays_in_use(client, manager, project, wrong):
    known.look()
    client.force_login(manager)
    client.post(f"/projects/help/quality/known/{wrong.pk}/", {"confirm": "1"})
    known.look()
    assert wrong in GoldAnswer.objects.in_use()


def test_a_manager_makes_what_was_judged_a_known_answer(client, manager, people, project):
    own = judged(compared(people[0], project), people[0], -3, kind="author")
    client.force_login(manager)
    assert f"/known/of/{own.pk}/" in client.get("/projects/help/judgements/").content.decode()
    assert client.get(f"/projects/help/quality/known/of/{own.pk}/").status_code == 200
    client.post(f"/projects/help/quality/known/of/{own.pk}/", {"least": 2})
    made = GoldAnswer.objects.get()
    assert (made.chosen, made.least, made.made_by) == (own.comparison.second, 2, manager)
    assert client.get(f"/projects/help/quality/known/of/{own.pk}/").status_code == 302


def test_of_a_pair_that_cannot_be_judged_nothing_is_known(client, manager, people, project):
    own = judged(compared(people[0], project), people[0], None, kind="author")
    client.force_login(manager)
    client.post(f"/projects/help/quality/known/of/{own.pk}/", {"least": 2})
    assert not GoldAnswer.objects.exists()
