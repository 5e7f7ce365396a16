"""Addresses of what is not there, or not any more."""

import uuid

import pytest
from django.urls import reverse

from labeling.cohorts.models import Person
from tests.access.bodies import of_others
from tests.access.table import ADMIN, ALL, ANNOTATOR, MANAGER, NEIGHBOUR, NOBODY, RULES

HUGE = 2**63  # more than any key that PostgreSQL counts


def cases(world, name):
    """The address with each of its arguments in turn replaced by one that names nothing."""
    values = [world.arguments[argument] for argument in RULES[name].arguments]
    for place, value in enumerate(values):
        others = {int: [0, 10**9, HUGE], str: ["not-there"]}.get(type(value), [uuid.UUID(int=1)])
        for other in others:
            yield reverse(name, args=[*values[:place], other, *values[place + 1 :]])


NAMING = {name for name, rule in RULES.items() if rule.arguments and rule.who not in (ALL, NOBODY)}


@pytest.mark.parametrize("name", sorted(NAMING - {"attempt_finish"}))  # which leads back to the part one is at
def test_what_is_not_there_is_not_found(world, name):
    who = ADMIN if ADMIN in RULES[name].posts else RULES[name].posts[0]
    method = RULES[name].methods[-1]
    for path in cases(world, name):
        answer = world.ask(who, method, path)
        assert (answer.status, answer.written) in ((404, 0), (410, 0)), path


OF_A_PROJECT = {"draft", "cohort", "enrolment", "invitation", "lease", "person", "report", "requirement", "role"}


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if MANAGER in rule.posts and OF_A_PROJECT & {*rule.arguments[1:]}]
)
def test_a_row_of_another_project_is_not_there(world, name):
    path = world.address(name).replace(f"/{world.arguments['slug']}/", "/elsewhere/")
    method = RULES[name].methods[-1]
    answer = world.ask(NEIGHBOUR, method, path)
    assert answer.status == 404
    assert method == "GET" or not answer.written  # to look at a project's figures makes the row that has their state


def test_a_form_that_names_a_row_of_another_project_is_refused(world):
    wrong = {}
    for name, body in of_others().items():
        who = MANAGER if MANAGER in RULES[name].posts else ANNOTATOR
        answer = world.fill_in(who, name, body)
        if answer.status not in (404, 422) or answer.written:
            wrong[name] = answer
    assert not wrong


@pytest.mark.parametrize("name", ["enrolments", "exam", "people", "person"])
def test_the_same_form_is_taken_from_whoever_runs_both(world, name):
    assert world.fill_in(ADMIN, name, of_others()[name]).written


@pytest.mark.parametrize("name", ["workbench", "ask", "acknowledge", "take"])
def test_an_annotator_who_has_left_the_cohort_reaches_no_new_work(world, name):
    with world.undone(world.clients[ANNOTATOR]):
        annotator = Person.objects.get(email="annotator@example.org")
        annotator.cohorts.get().let_go(annotator)
        assert world.ask(ANNOTATOR, RULES[name].methods[0], world.address(name)).status == 404
