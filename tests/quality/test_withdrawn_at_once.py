"""Somebody withdraws in the moment in which a reviewer decides about what they gave."""

import pytest
from django.db import transaction

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues import generation
from labeling.quality import reviewing
from labeling.quality.models import Review
from labeling.quality.reviewing import Begun, NotForReview
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped
from tests.comparisons.test_races import beside, waiting
from tests.comparisons.test_settling import judge
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def rita(transactional_db, monkeypatch):
    monkeypatch.setattr(generation, "send", lambda pk: None)
    return join("reviewers", "rita@example.org")


@pytest.fixture
def judgement(rita) -> Judgement:
    """Carol's, of Alice's pair."""
    alice, carol = (join("first", f"{name}@example.org") for name in ("alice", "carol"))
    project = overlapped(make_project("help", ("helpfulness",)), 2)
    judged_by(alice, project)
    return judge(claim(carol, project)).judgement


def withdraw(judgement: Judgement) -> None:
    Withdrawal.objects.begin(judgement.assignment.person)


def test_nothing_that_was_sent_back_is_held_for_who_withdraws_meanwhile(judgement, rita):
    with transaction.atomic():
        reviewing.reject(judgement, rita, "Read both, please.", Review.To.SAME)
        withdrawing, raised = beside(lambda: withdraw(judgement))
        wait_until(lambda: waiting() == 1)
    withdrawing.join()
    assert raised == []
    assert not Assignment.objects.of(judgement.assignment.person).filter(slot__isnull=False).exists()
    assert free_slots(judgement.assignment.comparison) == [1]


def test_nobody_sends_back_what_is_being_withdrawn(judgement, rita):
    with transaction.atomic():
        withdraw(judgement)
        rejecting, raised = beside(lambda: reviewing.reject(judgement, rita, "No.", Review.To.SAME))
        wait_until(lambda: waiting() == 1)
    rejecting.join()
    assert [type(error) for error in raised] == [NotForReview]
    assert not Assignment.objects.filter(kind="rework").exists()


@pytest.mark.parametrize("to", Review.To.values)
def test_nothing_counts_again_that_is_being_withdrawn(judgement, rita, to):
    review = reviewing.reject(judgement, rita, "No.", to)
    with transaction.atomic():
        withdraw(judgement)
        undoing, raised = beside(lambda: reviewing.take_back(review, rita))
        wait_until(lambda: waiting() or not undoing.is_alive())
    undoing.join()
    assert [type(error) for error in raised] == [Begun]
    assert not Assignment.objects.counted().of(judgement.assignment.person).exists()
    assert free_slots(judgement.assignment.comparison) == [1]
