"""What an answer that is given anew means for its pair: to whoever was sent theirs back, and to who changes it."""

import uuid

import pytest

from labeling.comparisons import authoring, leases, outcomes, overlapping, sending_back
from labeling.comparisons.models import Assignment, CannotBeJudged, Comparison, Overlap, Timing
from labeling.projects.models import Project
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped, prefers
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project

CANNOT = CannotBeJudged("unusable")


@pytest.fixture
def two(project) -> Project:
    """Two people for each pair, and a third where they disagree."""
    return overlapped(project, 2, most_extra=1)


@pytest.fixture
def carols(two, alice, people) -> Assignment:
    """Her answer, which agrees with Alice's: nobody more is asked."""
    pair = judged_by(alice, two)
    answered = judge(claim(people[0], two))
    assert answered.comparison == pair and asked(pair) == (2, [])
    return answered


def judge(assignment: Assignment, first: bool = True, key: uuid.UUID | None = None) -> Assignment:
    """Freshly read, as each request does."""
    again = Assignment.objects.get(pk=assignment.pk)
    judges = authoring.judge if again.is_own else overlapping.judge
    judges(again, prefers(again, first), key or uuid.uuid4(), Timing())
    return Assignment.objects.get(pk=assignment.pk)


def asked(pair: Comparison) -> tuple[int, list[int]]:
    """How many are wanted, and what of that nobody has."""
    overlap = Overlap.objects.get(comparison=pair)
    return overlap.wanted, overlap.free


def sent_back(assignment: Assignment) -> Assignment:
    rework = sending_back.to_same_person(assignment)
    assert rework
    return rework


def cannot(assignment: Assignment) -> None:
    outcomes.cannot_judge(Assignment.objects.get(pk=assignment.pk), CANNOT, uuid.uuid4(), Timing())


def test_one_more_is_asked_where_what_was_sent_back_comes_back_otherwise(carols):
    judge(sent_back(carols), first=False)
    assert asked(carols.comparison) == (3, [2])


def test_nobody_more_is_asked_where_it_comes_back_the_same(carols):
    judge(sent_back(carols))
    assert asked(carols.comparison) == (2, [])


def test_one_more_is_asked_where_somebody_changes_their_answer_to_another(carols):
    judge(carols, first=False)
    assert asked(carols.comparison) == (3, [2])
    judge(carols)
    assert asked(carols.comparison) == (3, [2])


def test_so_it_is_where_the_author_does(carols):
    judge(carols.comparison.own_assignments().get(), first=False)
    assert asked(carols.comparison) == (3, [2])


@pytest.mark.parametrize("who", ["author", "rework", "overlap"])
def test_the_second_who_says_later_that_it_cannot_be_judged_retires_it(carols, two, alice, who):
    pair = carols.comparison
    own = pair.own_assignments().get()
    cannot(own if who != "author" else carols)
    later = {"author": own, "rework": sent_back(carols) if who == "rework" else carols, "overlap": carols}[who]
    cannot(later)
    pair.refresh_from_db()
    assert pair.retired_at


def test_late_rework_takes_a_place_that_is_free(carols, people):
    rework = sent_back(carols)
    leases.release(rework)
    assert free_slots(carols.comparison) == [1]
    assert judge(rework).slot == 1 and free_slots(carols.comparison) == []


def test_late_rework_is_surplus_where_others_came_first(carols, people, two):
    rework = sent_back(carols)
    leases.release(rework)
    judge(claim(people[1], two))
    assert judge(rework).slot is None


def test_what_went_to_somebody_else_is_not_counted_again_where_it_is_sent_once_more(two, alice, people):
    """As a browser does that has not heard that it arrived; or who changes it under their answers."""
    judged_by(alice, two)
    held, key = claim(people[0], two), uuid.uuid4()
    rejected = judge(held, key=key)
    sending_back.to_somebody_else(rejected)
    for again in (judge(held, key=key), judge(held, first=False)):
        assert again.slot is None and free_slots(rejected.comparison) == [1]
    assert judge(claim(people[1], two)).slot == 1


def test_a_pair_that_two_cannot_judge_stays_retired_whoever_takes_back_that_it_is(carols):
    cannot(carols.comparison.own_assignments().get())
    overlapping.retire(carols.comparison)
    cannot(carols)
    overlapping.ask_again(carols.comparison)
    carols.comparison.refresh_from_db()
    assert carols.comparison.retired_at
