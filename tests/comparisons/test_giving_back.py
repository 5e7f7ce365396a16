"""Slots that are given back while somebody decides about their pair, and those of who works there no more."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort, Membership
from labeling.comparisons import leases, overlapping, sending_back
from labeling.comparisons.models import Assignment, Overlap
from labeling.dialogues import generation
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped
from tests.comparisons.test_races import beside, waiting
from tests.comparisons.test_settling import judge
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def held(transactional_db, monkeypatch) -> Assignment:
    """Carol's lease of Alice's pair."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    alice, carol = (join("first", f"{name}@example.org") for name in ("alice", "carol"))
    project = overlapped(make_project("help", ("helpfulness",)), 2)
    judged_by(alice, project)
    return claim(carol, project)


@pytest.fixture
def rework(held) -> Assignment:
    """What was sent back to Carol."""
    return sending_back.to_same_person(judge(held))


def released(assignment: Assignment) -> None:
    leases.release(Assignment.objects.get(pk=assignment.pk))


@transaction.atomic
def retired(assignment: Assignment) -> None:
    overlapping.hold(assignment.comparison)
    overlapping.retire(assignment.comparison)


@transaction.atomic
def asked_again(assignment: Assignment) -> None:
    overlapping.ask_again(assignment.comparison)


def test_what_is_released_while_its_pair_is_retired_asks_nobody(held):
    with transaction.atomic():
        retired(held)
        releasing, raised = beside(lambda: released(held))
        wait_until(lambda: waiting() == 1)
    releasing.join()
    assert raised == [] and free_slots(held.comparison) == []


def test_what_is_released_while_its_pair_is_asked_about_again_asks_somebody(held):
    retired(held)
    with transaction.atomic():
        released(held)
        asking, raised = beside(lambda: asked_again(held))
        wait_until(lambda: waiting() or not asking.is_alive())
    asking.join()
    assert raised == [] and free_slots(held.comparison) == [1]


def test_what_is_released_while_its_page_renews_it_is_nobodys(held):
    with transaction.atomic():
        assert leases.renew(Assignment.objects.get(pk=held.pk))
        releasing, raised = beside(lambda: released(held))
        wait_until(lambda: waiting() == 1)
    releasing.join()
    held.refresh_from_db()
    assert raised == [] and (held.slot, held.leased_until) == (None, None)
    assert free_slots(held.comparison) == [1]


def gone(assignment: Assignment) -> None:
    Membership.objects.filter(person=assignment.person).leave()


def test_what_was_sent_back_to_who_has_left_goes_to_somebody_else(rework):
    leases.take_back_lapsed()
    assert free_slots(rework.comparison) == []
    gone(rework)
    leases.take_back_lapsed()
    assert free_slots(rework.comparison) == [1]
    assert judge(rework).slot == 1  # they may answer all the same, while nobody else has


def test_it_stays_theirs_while_its_page_is_open(rework):
    Assignment.objects.filter(pk=rework.pk).update(leased_until=timezone.now() + timedelta(minutes=5))
    gone(rework)
    leases.take_back_lapsed()
    assert free_slots(rework.comparison) == []
    Assignment.objects.filter(pk=rework.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    leases.take_back_lapsed()
    assert free_slots(rework.comparison) == [1]


def test_it_stays_theirs_while_another_cohort_of_theirs_works_there(rework):
    other = Cohort.objects.create(name="other")
    other.join([rework.person])
    rework.comparison.project.enrolments.create(cohort=other, axis="helpfulness")
    Membership.objects.filter(person=rework.person, cohort__name="first").leave()
    leases.take_back_lapsed()
    assert free_slots(rework.comparison) == []


def test_it_stays_where_nobody_else_would_be_asked(rework):
    rework.comparison.round.review()
    gone(rework)
    leases.take_back_lapsed()
    assert not Overlap.objects.with_room().exists()
