"""What somebody has withdrawn counts no more, and others are asked instead while their round asks anybody."""

import uuid

from labeling.cohorts.models import Consent, Withdrawal
from labeling.comparisons import overlapping, sending_back
from labeling.comparisons.models import Assignment, Timing
from labeling.projects.models import Axis
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped, prefers
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project
from tests.people import make_project


def judge(assignment, first=True):
    overlapping.judge(assignment, prefers(assignment, first), uuid.uuid4(), Timing())


def withdraw(person):
    Withdrawal.objects.begin(person)


def counted(comparison):
    return {one.person for one in Assignment.objects.counted().filter(comparison=comparison)}


def test_others_are_asked_until_as_many_stand_as_were_asked_for(alice, people, project):
    comparison = judged_by(alice, project)
    carol, dave, erin = people
    for person in (carol, dave):
        judge(claim(person, project))
    withdraw(carol)
    assert len(free_slots(comparison)) == 1
    judge(claim(erin, project))
    assert counted(comparison) == {alice, dave, erin}
    assert free_slots(comparison) == []
    assert Assignment.objects.of(carol).get().judgement  # which stays as it was given


def test_somebody_takes_the_place_of_an_author_whose_pair_others_judge(alice, people, project):
    comparison = judged_by(alice, project)
    withdraw(alice)
    for person in people:
        judge(claim(person, project))
    assert counted(comparison) == set(people)


def test_a_pair_that_only_its_author_was_to_judge_asks_nobody(alice, people):
    alone = overlapped(make_project("alone", (Axis.HELPFULNESS,)), 2, share=0)
    judged_by(alice, alone)
    withdraw(alice)
    assert claim(people[0], alone) is None


def test_a_pair_on_their_page_goes_to_somebody_else_and_what_they_send_all_the_same_counts_for_nothing(
    alice, people, project
):
    comparison = judged_by(alice, project)
    held = claim(people[0], project)
    withdraw(people[0])
    assert sorted(free_slots(comparison)) == [1, 2]
    judge(held)
    held.refresh_from_db()
    assert held.judgement and held.slot is None
    assert sorted(free_slots(comparison)) == [1, 2]


def test_nobody_disagrees_with_what_is_withdrawn(alice, people):
    project = overlapped(make_project("help", (Axis.HELPFULNESS,)), 2, most_extra=1)
    comparison = judged_by(alice, project)
    judge(claim(people[0], project), first=False)
    judge(claim(people[1], project))
    withdraw(people[0])
    judge(claim(people[2], project))
    assert counted(comparison) == {alice, people[1], people[2]}
    assert free_slots(comparison) == []


def test_once_the_round_asks_nobody_it_counts_no_more_and_nobody_is_asked(alice, people, project):
    comparison = judged_by(alice, project)
    for person in people[:2]:
        judge(claim(person, project))
    project.rounds.get().review()
    withdraw(people[0])
    assert counted(comparison) == {alice, people[1]}
    assert free_slots(comparison) == []


def test_what_was_sent_back_to_them_goes_to_somebody_else(alice, people, project):
    comparison = judged_by(alice, project)
    theirs = claim(people[0], project)
    judge(theirs)
    rework = sending_back.to_same_person(theirs)
    withdraw(people[0])
    assert rework.slot in free_slots(comparison)
    assert not sending_back.take_back(theirs, rework)
    assert counted(comparison) == {alice}


def test_what_they_send_once_they_have_agreed_anew_counts(alice, people, project):
    comparison = judged_by(alice, project)
    held = claim(people[0], project)
    withdraw(people[0])
    Consent.objects.give(people[0], None)
    judge(held)
    assert counted(comparison) == {alice, people[0]}
