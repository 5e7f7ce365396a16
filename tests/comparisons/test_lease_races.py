"""A lease that ends in the moment in which its answer comes."""

import uuid

import pytest
from django.db import transaction

from labeling.comparisons import leases, outcomes, overlapping
from labeling.comparisons.models import Assignment, CannotBeJudged, Overlap, Timing
from labeling.dialogues import generation
from labeling.projects.models import Axis
from tests.comparisons.overlapped import claim, judged_by, overlapped, prefers
from tests.comparisons.test_races import beside, waiting
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def held(transactional_db, monkeypatch) -> Assignment:
    """Carol's lease of Alice's pair, on both axes."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    alice, carol = (join("first", f"{name}@example.org") for name in ("alice", "carol"))
    project = overlapped(make_project("both"), 2)
    judged_by(alice, project)
    return claim(carol, project)


def judge(assignment: Assignment) -> None:
    overlapping.judge(Assignment.objects.get(pk=assignment.pk), prefers(assignment, True), uuid.uuid4(), Timing())


def test_an_answer_under_way_is_counted_though_its_lease_is_released(held):
    with transaction.atomic():
        judge(held)
        releasing, raised = beside(lambda: leases.release(Assignment.objects.get(pk=held.pk)))
        wait_until(lambda: waiting() == 1)
    releasing.join()
    assert raised == []
    held.refresh_from_db()
    assert held.slot == 1 and held.judgement
    assert [Overlap.objects.get(axis=axis).free for axis in Axis] == [[], [1]]  # safety was released


def test_an_answer_that_waits_for_a_release_takes_the_slot_again(held):
    with transaction.atomic():
        leases.release(Assignment.objects.get(pk=held.pk))
        judging, raised = beside(lambda: judge(held))
        wait_until(lambda: waiting() == 1)
    judging.join()
    assert raised == []
    held.refresh_from_db()
    assert held.slot == 1 and held.judgement


def test_who_cannot_judge_on_either_axis_and_a_sweep_never_wait_for_each_other(held):
    Assignment.objects.leased().update(leased_until="2026-01-01T00:00Z")
    said = CannotBeJudged("unusable")
    with transaction.atomic():
        Overlap.objects.select_for_update().get(axis=Axis.SAFETY)
        saying, raised = beside(
            lambda: outcomes.cannot_judge(Assignment.objects.get(pk=held.pk), said, uuid.uuid4(), Timing())
        )
        wait_until(lambda: waiting() == 1)
        sweeping, failed = beside(leases.take_back_lapsed)
        sweeping.join()  # it leaves alone what is held
    saying.join()
    assert (raised, failed) == ([], [])
    assert set(Assignment.objects.of(held.person).values_list("judgement__outcome", "slot")) == {("cannot", 1)}
