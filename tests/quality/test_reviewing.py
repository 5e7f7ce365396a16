"""What a reviewer decides about a judgement, and what becomes of it."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from labeling.comparisons import leases, overlapping
from labeling.comparisons.models import Assignment, Judgement, Timing
from labeling.quality import reviewing
from labeling.quality.models import Review
from labeling.quality.reviewing import Begun, NotForReview
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped, prefers
from tests.comparisons.pages import judge
from tests.people import join, make_project

WORK = "/projects/help/work/"


@pytest.fixture
def project(alice):
    return overlapped(make_project("help", ("helpfulness",)), 1)


@pytest.fixture
def rita(project):
    reviewer = join("reviewers", "rita@example.org")
    project.roles.create(person=reviewer, kind="reviewer")
    return reviewer


@pytest.fixture
def judgement(alice, project) -> Judgement:
    return judged_by(alice, project).own_assignments().get().judgement


def assignment(judgement) -> Assignment:
    return Assignment.objects.get(pk=judgement.assignment_id)


def standing(judgement) -> list[str]:
    return list(Review.objects.standing().filter(judgement=judgement).values_list("decision", flat=True))


def test_what_is_accepted_counts_as_before(judgement, rita):
    reviewing.accept(judgement, rita)
    assert standing(judgement) == ["accepted"] and assignment(judgement).slot == 0


def test_what_is_rejected_comes_back_to_the_same_person_with_the_reason(client, judgement, rita, alice):
    reviewing.reject(judgement, rita, "Read <b>both</b>, please.", Review.To.SAME)
    assert assignment(judgement).slot is None
    client.force_login(alice)
    page = client.get(WORK)
    rework = Assignment.objects.get(kind="rework")
    assert page.context["step"].judge_url == f"/assignments/{rework.pk}/judgements/"
    assert "Read &lt;b&gt;both&lt;/b&gt;, please." in page.content.decode()
    fragment = client.get(WORK, headers={"HX-Request": "true"}).content.decode()
    assert "Read &lt;b&gt;both&lt;/b&gt;, please." in fragment
    judge(client, rework, choice=2)
    assert [one.kind for one in Assignment.objects.counted()] == ["rework"]


def test_the_reason_is_shown_with_no_other_pair(client, judgement, rita, alice, project):
    reviewing.reject(judgement, rita, "Read both, please.", Review.To.SAME)
    client.force_login(alice)
    client.get(WORK)
    following = judge(client, Assignment.objects.get(kind="rework"), choice=2).content.decode()
    assert "Read both, please." not in following


def test_what_is_rejected_goes_to_somebody_else(judgement, rita, alice, project):
    bert = join("first", "bert@example.org")
    reviewing.reject(judgement, rita, "It is about another subject.", Review.To.OTHER)
    assert claim(alice, project) is None
    theirs = claim(bert, project)
    overlapping.judge(theirs, prefers(theirs, True), uuid.uuid4(), Timing())
    assert [one.person for one in Assignment.objects.counted()] == [bert]


def test_nothing_of_what_was_said_changes(judgement, rita):
    before = Judgement.objects.values().get()
    reviewing.reject(judgement, rita, "Read both, please.", Review.To.SAME)
    assert Judgement.objects.values().get() == before


def test_one_decision_stands(judgement, rita, manager):
    reviewing.accept(judgement, rita)
    for decide in (reviewing.accept, lambda *one: reviewing.reject(*one, "No.", Review.To.SAME)):
        with pytest.raises(NotForReview):
            decide(judgement, manager)
    assert standing(judgement) == ["accepted"]


def test_the_database_refuses_a_second_decision_and_one_about_oneself(judgement, rita, alice):
    row = {"judgement": judgement, "project": judgement.assignment.comparison.project, "decision": "accepted"}
    Review.objects.create(**row, person=alice, reviewer=rita)
    for wrong in (
        {"person": alice, "reviewer": rita},
        {"person": alice, "reviewer": rita, "number": 2},
        {"person": rita, "reviewer": rita, "number": 3},
        {"person": alice, "reviewer": rita, "number": 3, "decision": "rejected", "to": "same"},
        {"person": alice, "reviewer": rita, "number": 3, "decision": "rejected", "reason": "No."},
        {"person": alice, "reviewer": rita, "number": 3, "decision": "taken_back"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Review.objects.create(**row | wrong)


def test_no_review_is_changed_or_removed(judgement, rita):
    review = reviewing.accept(judgement, rita)
    for change in (lambda: Review.objects.update(decision="taken_back", number=2), review.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_nobody_reviews_what_they_said_themselves(judgement, alice, project):
    project.roles.create(person=alice, kind="reviewer")
    with pytest.raises(NotForReview):
        reviewing.accept(judgement, alice)


def test_what_was_changed_meanwhile_is_not_decided_about(judgement, rita):
    own = Assignment.objects.get()
    own.judge(prefers(own, False), uuid.uuid4())
    with pytest.raises(NotForReview):
        reviewing.accept(judgement, rita)
    own.refresh_from_db()
    reviewing.accept(own.judgement, rita)


def test_a_closed_round_is_reviewed_no_more_and_one_in_review_by_the_same_person(judgement, rita, project):
    round_ = project.rounds.get()
    round_.review()
    with pytest.raises(NotForReview):
        reviewing.reject(judgement, rita, "No.", Review.To.OTHER)
    assert assignment(judgement).slot == 0
    review = reviewing.reject(judgement, rita, "No.", Review.To.SAME)
    reviewing.take_back(review, rita)
    round_.close()
    with pytest.raises(NotForReview):
        reviewing.accept(judgement, rita)


@pytest.mark.parametrize("to", Review.To.values)
def test_a_decision_is_taken_back(judgement, rita, alice, project, to):
    review = reviewing.reject(judgement, rita, "No.", to)
    reviewing.take_back(review, rita)
    assert standing(judgement) == [] and assignment(judgement).slot == 0
    assert not Assignment.objects.filter(kind="rework").exists()
    assert claim(join("first", "bert@example.org"), project) is None
    assert [one.decision for one in Review.objects.order_by("number")] == ["rejected", "taken_back"]
    reviewing.accept(judgement, rita)
    assert standing(judgement) == ["accepted"]


@pytest.mark.parametrize("to", Review.To.values)
def test_an_author_comes_back_to_the_first_place_of_several(rita, alice, project, to):
    overlapped(project, 3)
    pair = judged_by(alice, project)
    own = pair.own_assignments().get()
    reviewing.take_back(reviewing.reject(own.judgement, rita, "No.", to), rita)
    own.refresh_from_db()
    assert own.slot == 0 and free_slots(pair) == [1, 2]


def test_it_is_too_late_once_the_rework_is_begun(client, judgement, rita, alice):
    review = reviewing.reject(judgement, rita, "No.", Review.To.SAME)
    client.force_login(alice)
    client.get(WORK)
    with pytest.raises(Begun):
        reviewing.take_back(review, rita)
    assert standing(judgement) == ["rejected"] and assignment(judgement).slot is None


def test_it_is_too_late_once_somebody_else_has_it(judgement, rita, project):
    review = reviewing.reject(judgement, rita, "No.", Review.To.OTHER)
    bert = join("first", "bert@example.org")
    theirs = claim(bert, project)
    with pytest.raises(Begun):
        reviewing.take_back(review, rita)
    leases.release(theirs)
    assert free_slots(theirs.comparison) == [0]
    reviewing.take_back(review, rita)
    assert assignment(judgement).slot == 0


def test_a_decision_is_taken_back_once(judgement, rita):
    review = reviewing.accept(judgement, rita)
    reviewing.take_back(review, rita)
    with pytest.raises(NotForReview):
        reviewing.take_back(review, rita)


def test_nothing_is_taken_back_once_the_round_is_closed(judgement, rita, alice, project):
    """What was sent back does not count in the end, and what was closed is final."""
    other = judged_by(alice, project).own_assignments().get().judgement
    made = [reviewing.reject(judgement, rita, "No.", Review.To.SAME), reviewing.accept(other, rita)]
    project.rounds.get().review()
    project.rounds.get().close()
    for review in made:
        with pytest.raises(NotForReview):
            reviewing.take_back(review, rita)
    assert assignment(judgement).slot is None
