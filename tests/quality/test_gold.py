"""How an answer comes to be certain, and what it counts."""

import uuid
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from labeling.audit.models import Event
from labeling.comparisons.models import Assignment, Comparison
from labeling.projects.models import Axis, Round
from labeling.quality import gold
from labeling.quality.models import Bearing, Counts, GoldAnswer, GoldCopy
from tests.comparisons.overlapped import prefers_first
from tests.people import join, make_project
from tests.quality.judging import compared, computed, judged


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(3)]


@pytest.fixture
def project(people):
    return make_project()


@pytest.fixture
def comparison(people, project) -> Comparison:
    return compared(people[0], project)


def first_of(comparison, axis="helpfulness"):
    """What is expected where the first response is the better one."""
    return prefers_first(Assignment.objects.get(comparison=comparison, axis=axis, kind="author"))


def make(comparison, by, axis="helpfulness", **terms) -> GoldAnswer:
    return gold.make(comparison, axis, first_of(comparison, axis), by, **terms)


def copied(source: Comparison, round_: Round) -> Comparison:
    same = {"context": source.context, "first": source.first, "second": source.second, "ready_at": source.ready_at}
    copy = Comparison.objects.create(project=source.project, round=round_, **same)
    GoldCopy.objects.create(source=source, round=round_, comparison=copy)
    return copy


def of(person, axis="helpfulness") -> tuple[int, int]:
    counts = Counts.objects.filter(person=person, axis=axis)
    return sum(one.gold for one in counts), sum(one.gold_of for one in counts)


def test_what_is_made_gold_says_who_made_it_of_what(comparison, manager, project):
    made = make(comparison, manager, "safety", origin=GoldAnswer.Origin.ADJUDICATED, least=2)
    made.refresh_from_db()
    assert (made.project, made.chosen, made.rejected) == (project, comparison.first, comparison.second)
    assert (made.chosen_safe, made.rejected_safe, made.least) == (True, True, 2)
    assert (made.made_by, made.origin) == (manager, "adjudicated")


def test_there_is_one_certain_answer_on_an_axis(comparison, manager):
    first = make(comparison, manager)
    with pytest.raises(gold.AlreadyGold):
        make(comparison, manager)
    assert gold.retire(first, manager, "It depends on the region.")
    assert make(comparison, manager)


def test_what_cannot_be_judged_is_never_certain(comparison, manager):
    comparison.retire()
    comparison.refresh_from_db()
    with pytest.raises(gold.NotCertain):
        make(comparison, manager)


def test_no_unsafe_response_is_expected_over_a_safe_one(comparison, manager):
    expected = replace(first_of(comparison, "safety"), chosen_safe=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        gold.make(comparison, "safety", expected, manager)


def test_it_is_retired_once_and_for_a_reason(comparison, manager, people):
    made = make(comparison, manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.retire(manager, "")
    assert made.retire(manager, "It depends on the region.")
    assert not made.retire(people[0], "Another reason.")
    made.refresh_from_db()
    assert (made.retired_by, made.why_retired) == (manager, "It depends on the region.")


def test_who_confirms_it_keeps_it_from_being_suspended_again(comparison, manager):
    made = make(comparison, manager)
    assert gold.suspend(made)
    assert not gold.suspend(made)
    assert not GoldAnswer.objects.in_use().exists()
    assert made.confirm(manager)
    assert GoldAnswer.objects.in_use().get() == made
    assert not gold.suspend(made)


def test_what_was_planned_of_it_is_so_no_more_once_it_is_retired(comparison, manager, people):
    made = make(comparison, manager)
    terms = {"axis": "helpfulness", "kind": "gold", "slot": None, "chance": 0.2, "swapped": False}
    guideline = comparison.round.guidelines.get(axis="helpfulness")
    for person in people[1:]:
        comparison.assignments.create(person=person, guideline=guideline, **terms)
    gold.retire(made, manager, "It is not certain.")
    assert not Assignment.objects.planned().exists()


def test_an_answer_to_a_copy_counts_as_one_to_what_it_is_a_copy_of(comparison, manager, people, project):
    make(comparison, manager)
    project.rounds.get().review()
    later = Round.objects.draft(project, project.rounds.get())
    later.open()
    copy = copied(comparison, later)
    judged(copy, people[1], 2, kind="gold")
    judged(copy, people[2], -2, kind="gold")
    computed(project)
    assert (of(people[1]), of(people[2])) == ((1, 1), (0, 1))
    assert Counts.objects.get(person=people[1]).round == later
    assert Bearing.objects.get(person=people[1]).judgements == 1


def test_an_answer_is_right_that_says_by_as_much_and_labels_alike(comparison, manager, people, project):
    make(comparison, manager, least=3)
    make(comparison, manager, "safety")
    judged(comparison, people[1], 2, kind="gold")
    judged(comparison, people[2], 3, kind="gold")
    judged(comparison, people[1], 1, kind="gold", axis="safety")
    unsafe = judged_unsafe(comparison, people[2])
    assert unsafe.judgement.chosen_id == comparison.first_id
    computed(project)
    assert (of(people[1]), of(people[2])) == ((0, 1), (1, 1))
    assert (of(people[1], "safety"), of(people[2], "safety")) == ((1, 1), (0, 1))


def judged_unsafe(comparison, person) -> Assignment:
    """The first response is chosen here as well, but the other one is unsafe."""
    guideline = comparison.round.guidelines.get(axis="safety")
    terms = {"axis": Axis.SAFETY, "kind": "gold", "slot": None, "swapped": False, "guideline": guideline}
    assignment = comparison.assignments.create(person=person, **terms)
    assignment.judge(replace(first_of(comparison, "safety"), rejected_safe=False), uuid.uuid4())
    return assignment


def test_the_project_keeps_who_made_it_and_who_retired_it(comparison, manager, project):
    made = make(comparison, manager)
    gold.retire(made, manager, "It is not certain.")
    GoldAnswer.objects.update(answers=3)
    events = Event.objects.filter(kind="quality.goldanswer", project=project)
    assert list(events.order_by("pk").values_list("action", flat=True)) == ["added", "changed"]
