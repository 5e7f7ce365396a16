"""Addresses of what is not there, or not any more."""

import uuid

import pytest
from django.urls import reverse

from labeling.cohorts.models import Person
from tests.access.table import ADMIN, ALL, ANNOTATOR, NOBODY, RULES

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


@pytest.mark.parametrize("name", ["workbench", "ask", "acknowledge", "take"])
def test_an_annotator_who_has_left_the_cohort_reaches_no_new_work(world, name):
    with world.undone(world.clients[ANNOTATOR]):
        annotator = Person.objects.get(email="annotator@example.org")
        annotator.cohorts.get().let_go(annotator)
        assert world.ask(ANNOTATOR, RULES[name].methods[0], world.address(name)).status == 404
