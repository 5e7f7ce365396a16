"""Why a judgement is in no trainer's file: every reason, and which of two counts."""

import itertools
import uuid

import pytest
from django.utils import timezone

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import Assignment, Comparison, Verdict
from labeling.exams.models import Grant, Qualification
from labeling.projects.models import Axis, Project
from labeling.quality import reviewing
from labeling.quality.models import Review
from tests.datasets.drawing import reasons
from tests.people import join, make_project
from tests.quality.judging import compared, give, judged, say


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,))


@pytest.fixture
def comparison(project, alice) -> Comparison:
    return compared(alice, project)


@pytest.fixture
def own(comparison, alice) -> Assignment:
    return judged(comparison, alice, 3, kind="author")


def why(own: Assignment, aggregation: str = "every", **fields) -> str:
    return reasons(own.comparison.project, aggregation, **fields)[own.pk]


def withdraw(own: Assignment) -> None:
    Withdrawal.objects.begin(own.person)


def reject(own: Assignment) -> None:
    own.refresh_from_db()
    reviewer = join("reviewers", f"{uuid.uuid4()}@example.org")
    reviewing.reject(own.judgement, reviewer, "Read it again.", Review.To.SAME)


def require(own: Assignment) -> Qualification:
    qualification = Qualification.objects.get_or_create(name="Reading")[0]
    own.comparison.project.requirements.get_or_create(axis=own.axis, qualification=qualification)
    return qualification


def pause(own: Assignment, *, for_cause: bool = True) -> None:
    manager = join("managers", f"{uuid.uuid4()}@example.org")
    own.person.memberships.pause("We must talk.", manager, for_cause=for_cause)


def retire(own: Assignment) -> None:
    own.comparison.retire()


def cannot(own: Assignment) -> None:
    say(own, None)


def test_what_counts_is_in(own):
    assert why(own) == ""


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (withdraw, "withdrawn"),
        (reject, "rejected"),
        (require, "unqualified"),
        (pause, "paused_for_cause"),
        (retire, "retired"),
        (cannot, "cannot_be_judged"),
    ],
)
def test_it_is_out_for_a_reason(own, do, reason):
    do(own)
    assert why(own) == reason


@pytest.mark.parametrize("kind", ["gold", "repeat", "adjudication"])
def test_kinds_that_do_not_count_are_out(own, bob, kind):
    assert why(judged(own.comparison, bob, -2, kind=kind)) == kind


def test_an_answer_that_nobody_had_asked_for_is_surplus(own, bob):
    assert why(judged(own.comparison, bob, -2, slot=None)) == "surplus"


IN_ORDER = [
    *(("withdrawn", withdraw), ("rejected", reject), ("unqualified", require), ("paused_for_cause", pause)),
    *(("retired", retire), ("cannot_be_judged", cannot)),
]


@pytest.mark.parametrize(("earlier", "later"), list(itertools.combinations(IN_ORDER, 2)), ids=lambda one: one[0])
def test_of_two_reasons_the_first_counts(own, earlier, later):
    order = ["cannot_be_judged", "rejected", "unqualified", "paused_for_cause", "retired", "withdrawn"]
    for _, do in sorted((earlier, later), key=lambda one: order.index(one[0])):  # who has left is not paused
        do(own)
    assert why(own) == earlier[0]


def test_what_was_judged_before_they_came_back_stays_withdrawn_and_later_work_counts(project, alice):
    before = judged(compared(alice, project), alice, 3, kind="author")
    Withdrawal.objects.begin(alice)
    Withdrawal.objects.filter(person=alice).update(back_at=timezone.now())
    after = judged(compared(alice, project), alice, 3, kind="author")
    assert reasons(project) == {before.pk: "withdrawn", after.pk: ""}


def test_a_decision_that_is_taken_back_is_none(own):
    reviewer = join("reviewers", "reviewer@example.org")
    own.refresh_from_db()
    rejected = reviewing.reject(own.judgement, reviewer, "Read it again.", Review.To.SAME)
    assert why(own) == "rejected"
    reviewing.take_back(rejected, reviewer)
    assert why(own) == ""


def test_whoever_held_it_when_they_judged_or_holds_it_now_is_qualified(own, manager):
    qualification = require(own)
    Grant.objects.give(qualification, [own.person], manager)
    assert why(own) == ""  # they have shown it since
    Grant.objects.update(granted_at=own.created_at)
    Grant.objects.current().take_back(manager, "You have not worked for a year.")
    assert why(own) == ""  # they held it then


def test_a_guideline_version_that_asks_for_it_does_not_ask_of_earlier_ones(own):
    newer = own.comparison.project.guidelines.create(axis=own.axis, number=2, text="Now read twice.")
    qualification = Qualification.objects.create(name="Reading")
    own.comparison.project.requirements.create(axis=own.axis, qualification=qualification, since=newer)
    assert why(own) == ""
    judged(own.comparison, join("first", "carol@example.org"), 1, guideline=newer)
    assert sorted(reasons(own.comparison.project).values()) == ["", "unqualified"]


def test_a_pause_without_a_cause_leaves_everything_in(own):
    pause(own, for_cause=False)
    assert why(own) == ""


def test_who_is_resumed_counts_again_and_who_leaves_instead_does_not(own):
    pause(own)
    own.person.memberships.resume()
    assert why(own) == ""
    pause(own)
    own.person.memberships.leave()
    assert why(own) == "paused_for_cause"


def test_a_pause_in_a_cohort_that_does_not_work_here_is_none_of_this_project(own):
    elsewhere = join("elsewhere", "x@example.org").cohorts.get()
    elsewhere.join([own.person])
    manager = join("managers", "m@example.org")
    own.person.memberships.filter(cohort=elsewhere).pause("We must talk.", manager, for_cause=True)
    assert why(own) == ""


def test_identical_responses_give_no_preference(alice):
    project = make_project("all", (Axis.HELPFULNESS,), gates=[])
    same = judged(compared(alice, project, (" Blue. ", "Blue.\n")), alice, 1, kind="author")
    other = judged(compared(alice, project, ("Blue.", "blue.")), alice, 1, kind="author")
    assert reasons(project) == {same.pk: "identical_responses", other.pk: ""}


def test_a_dialogue_is_too_long_by_characters_or_by_tokens(own):
    chars = len(own.comparison.context[0]["content"]) + len("One.")
    assert why(own, max_chars=chars) == "" and why(own, max_chars=chars - 1) == "too_long"
    assert why(own, max_tokens=7) == "" and why(own, max_tokens=6) == "too_long"


def test_an_even_split_is_left_out_of_a_majority_alone(own, bob):
    other = judged(own.comparison, bob, -1)
    assert set(reasons(own.comparison.project).values()) == {""}
    assert reasons(own.comparison.project, "majority") == {own.pk: "split_majority", other.pk: "split_majority"}
    third = judged(own.comparison, join("first", "carol@example.org"), -4)
    assert reasons(own.comparison.project, "majority") == {own.pk: "", other.pk: "", third.pk: ""}


def test_what_does_not_count_makes_no_split(own, bob):
    judged(own.comparison, bob, -1, slot=None)
    assert why(own, "majority") == ""


def test_the_last_word_settles_a_split_where_it_is_asked_for(own, bob):
    other = judged(own.comparison, bob, -1)
    last = judged(own.comparison, join("first", "carol@example.org"), -2, kind="adjudication")
    assert reasons(own.comparison.project, "adjudicated") == {own.pk: "", other.pk: "", last.pk: ""}
    assert why(last, "majority") == "adjudication"
    Assignment.objects.filter(pk=last.pk).update(taken_back_at=timezone.now())
    assert why(last, "adjudicated") == "adjudication" and why(own, "adjudicated") == "split_majority"
    Assignment.objects.filter(pk=last.pk).update(taken_back_at=None)
    say(last, None)
    assert reasons(own.comparison.project, "adjudicated") == {
        own.pk: "split_majority", other.pk: "split_majority", last.pk: "cannot_be_judged"
    }  # fmt: skip


def test_labels_are_those_of_the_safety_axis_whichever_axis_a_judgement_is_of(alice, bob):
    from tests.datasets.drawing import drawn

    project = make_project("two")
    comparison = compared(alice, project)
    judged(comparison, alice, 2, kind="author")
    own = give(comparison, alice, "author", "safety")
    first, second = comparison.first, comparison.second
    own.judge(Verdict(first, second, 3, chosen_safe=True, rejected_safe=False), uuid.uuid4())
    for row in drawn(project):
        assert (row["first_safe"], row["second_safe"]) == (True, False)
    other = give(comparison, bob, "overlap", "safety", slot=1)
    other.judge(Verdict(second, first, 3, chosen_safe=True, rejected_safe=False), uuid.uuid4())
    for row in drawn(project):
        assert (row["first_safe"], row["second_safe"]) == (False, False)  # where they are divided
