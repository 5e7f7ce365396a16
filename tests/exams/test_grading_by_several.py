"""Texts that two people grade, and a third where they differ."""

import pytest

from labeling.cohorts.models import Person
from labeling.exams.models import Answer, Attempt
from labeling.exams.standing import begin
from tests.exams.papers import TEXT, answer_all, make_exam
from tests.people import join, make_project


@pytest.fixture
def rita(db):
    return join("reviewers", "rita@example.org")


@pytest.fixture(autouse=True)
def reviewers(bob, rita) -> None:
    """Of a project in which the cohort works that takes the exam."""
    project = make_project()
    for person in (bob, rita):
        project.roles.create(person=person, kind="reviewer")


def two_grade(person) -> Attempt:
    part = {"items": [TEXT], "rule": "mean", "threshold": 4, "graders": 2}
    attempt = begin(person, make_exam(parts=[part]))
    answer_all(attempt, "Words.")
    return attempt


def graded(attempt, person, score) -> tuple[bool, str]:
    done = attempt.answers.get().grade_with(person, score, "")
    attempt.refresh_from_db()
    return done, attempt.state


def test_two_people_grade_where_a_paper_asks_for_it_and_their_mean_counts(alice, bob, manager):
    attempt = two_grade(alice)
    assert graded(attempt, manager, 5) == (True, "grading")
    assert not Answer.objects.to_grade(manager).exists()
    assert graded(attempt, manager, 5) == (False, "grading")
    assert Answer.objects.to_grade(bob).exists()
    assert graded(attempt, bob, 4) == (True, "passed")
    assert attempt.sittings.get().score == 4.5


@pytest.mark.parametrize(("third", "counts", "state"), [(2, 2, "failed"), (4, 4, "passed"), (5, 5, "passed")])
def test_where_two_differ_too_much_a_third_person_decides(alice, bob, manager, rita, third, counts, state):
    attempt = two_grade(alice)
    graded(attempt, manager, 5)
    assert graded(attempt, bob, 2) == (True, "grading")
    for person in (alice, bob, manager):
        assert not Answer.objects.to_grade(person).exists()
    assert graded(attempt, rita, third) == (True, state)
    assert attempt.sittings.get().score == counts
    assert not Answer.objects.to_grade(Person.objects.create_superuser("rosa@example.org")).exists()
