"""A new text, and who is added or agrees in the same moment, on real transactions."""

import pytest
from django.db import transaction

from labeling.cohorts.models import Cohort, Consent, ConsentOutdated, ConsentText, Person
from tests.comparisons.test_races import beside, waiting
from tests.processes import wait_until


@pytest.fixture
def maria(transactional_db) -> Person:
    return Person.objects.create_user("maria@example.org", name="Maria Costa", is_staff=True)


def test_whoever_is_being_added_while_a_text_is_written_is_asked(maria):
    with transaction.atomic():
        Cohort.objects.create(name="first").take_in([("bo@example.org", "Bo")])
        writing, raised = beside(lambda: ConsentText.objects.write(1, "We keep your answers.", maria))
        wait_until(waiting)
    writing.join()
    assert raised == [] and Person.objects.get(email="bo@example.org").must_agree


def test_whoever_agrees_while_a_newer_text_is_written_is_asked_for_that(maria):
    text = ConsentText.objects.write(1, "We keep your answers.", maria)
    with transaction.atomic():
        ConsentText.objects.write(2, "We keep nothing.", maria)
        agreeing, raised = beside(lambda: Consent.objects.give(maria, text))
        wait_until(waiting)
    agreeing.join()
    maria.refresh_from_db()
    assert [type(error) for error in raised] == [ConsentOutdated] and maria.must_agree
    assert not Consent.objects.exists()
