"""Taking an exam: the time limit, attempts and cooling-off, what is graded, and what passing gives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.exams.models import Answer, Attempt, Exam, Item, Qualification, TimeOver
from labeling.exams.standing import NotNow, begin, standing
from labeling.exams.tasks import settle_exams
from tests.exams.papers import CHOICE, LOOSE, PAIR, TEXT, answer_all, expire, make_exam
from tests.people import join


def holds(person, name="Language") -> bool:
    return Qualification.objects.held_by(person).filter(name=name).exists()


def test_passing_gives_the_qualification_once(alice):
    attempt = begin(alice, make_exam())
    answer_all(attempt, 2)
    assert (attempt.state, holds(alice)) == ("passed", True)
    assert attempt.grant.qualification.name == "Language"
    attempt.sittings.get().finish()
    assert alice.qualifications.count() == 1


def test_a_wrong_answer_fails_and_gives_nothing(alice):
    attempt = begin(alice, make_exam())
    answer_all(attempt, 3)
    assert (attempt.state, holds(alice)) == ("failed", False)


@pytest.mark.parametrize(("step", "state"), [(1, "passed"), (2, "passed"), (3, "failed"), (8, "failed")])
def test_a_judgement_of_a_pair_counts_within_the_degrees_that_are_accepted(alice, step, state):
    attempt = begin(alice, make_exam(parts=[{"items": [PAIR]}]))
    answer_all(attempt, step)
    assert attempt.state == state


def test_time_runs_on_the_server_and_nothing_is_saved_when_it_is_up(alice):
    attempt = begin(alice, make_exam())
    sitting = attempt.begin_part()
    item = sitting.part.counted().get()
    sitting.save_answer(item, value=2)
    expire(attempt)
    with pytest.raises(TimeOver):
        sitting.save_answer(item, value=3)
    assert Answer.objects.get().value == 2


def test_what_was_sent_in_time_may_be_under_way_for_a_moment(alice):
    attempt = begin(alice, make_exam())
    sitting = attempt.begin_part()
    expire(attempt, minutes=0)
    assert sitting.save_answer(sitting.part.counted().get(), value=2).value == 2


def test_whoever_does_not_come_back_is_handed_in_at_the_moment_the_time_was_up(alice):
    attempt = begin(alice, make_exam())
    sitting = attempt.begin_part()
    sitting.save_answer(sitting.part.counted().get(), value=2)
    settle_exams()
    attempt.refresh_from_db()
    assert attempt.state == "open"
    expire(attempt)
    settle_exams()
    attempt.refresh_from_db()
    sitting.refresh_from_db()
    assert attempt.state == "passed"
    assert sitting.finished_at == sitting.ends_at


def test_time_begins_with_each_part_and_not_between_them(alice):
    attempt = begin(alice, make_exam(parts=[{"items": [CHOICE], "minutes": 15}, {"items": [CHOICE], "minutes": None}]))
    assert attempt.sitting() is None
    first = attempt.begin_part()
    assert first.ends_at - first.started_at == timedelta(minutes=15)
    assert attempt.begin_part() == first
    first.finish()
    assert attempt.sitting() is None
    assert attempt.begin_part().ends_at is None


def test_the_same_answer_twice_is_one_and_the_last_one_counts(alice):
    attempt = begin(alice, make_exam())
    sitting = attempt.begin_part()
    item = sitting.part.counted().get()
    for value in (1, 1, 2):
        sitting.save_answer(item, value=value)
    assert [answer.value for answer in Answer.objects.all()] == [2]


def test_nothing_is_saved_after_it_was_handed_in(alice):
    attempt = begin(alice, make_exam())
    sitting = attempt.begin_part()
    sitting.finish()
    with pytest.raises(TimeOver):
        sitting.save_answer(sitting.part.counted().get(), value=2)


def test_there_are_as_many_attempts_as_the_exam_says_and_time_between_them(alice):
    exam = make_exam(attempts=2, cooling_off_hours=24)
    answer_all(begin(alice, exam), 1)
    assert standing(alice, exam).next_at - timezone.now() > timedelta(hours=23)
    with pytest.raises(NotNow):
        begin(alice, exam)
    Attempt.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    second = begin(alice, exam)
    assert second.number == 2
    answer_all(second, 1)
    Attempt.objects.update(finished_at=timezone.now() - timedelta(days=365))
    assert standing(alice, exam).left == 0
    with pytest.raises(NotNow):
        begin(alice, exam)


def test_whoever_passed_needs_no_other_attempt(alice):
    exam = make_exam(cooling_off_hours=0)
    answer_all(begin(alice, exam), 2)
    with pytest.raises(NotNow):
        begin(alice, exam)


def test_no_draft_and_nothing_retired_is_begun(alice):
    with pytest.raises(NotNow):
        begin(alice, make_exam(publish=False))
    Exam.objects.all().delete()
    exam = make_exam()
    exam.retire()
    exam.refresh_from_db()
    with pytest.raises(NotNow):
        begin(alice, exam)


def test_an_exam_after_another_is_for_those_who_passed_that(alice):
    first = make_exam()
    second = make_exam("Ranking", after=first.qualification)
    assert standing(alice, second).lacks == first.qualification
    with pytest.raises(NotNow):
        begin(alice, second)
    answer_all(begin(alice, first), 2)
    assert begin(alice, second).number == 1


def test_a_later_version_holds_for_an_earlier_one_and_not_the_other_way_round(alice):
    later = Qualification.objects.create(name="Language", version=2)
    answer_all(begin(alice, make_exam(qualification=later)), 2)
    assert [one.version for one in Qualification.objects.held_by(alice)] == [2]
    Qualification.objects.create(name="Language", version=1)
    Qualification.objects.create(name="Language", version=3)
    assert [one.version for one in Qualification.objects.held_by(alice)] == [1, 2]


def test_a_part_that_has_to_be_passed_ends_the_attempt(alice):
    parts = [{"items": [CHOICE], "threshold": 90, "must_pass": True}, {"items": [TEXT], "rule": "mean", "threshold": 4}]
    attempt = begin(alice, make_exam(parts=parts))
    answer_all(attempt, 1)
    assert attempt.state == "failed"
    assert attempt.begin_part() is None


@pytest.mark.parametrize(("score", "state"), [(4, "passed"), (3, "failed")])
def test_a_text_waits_for_a_grade_that_decides(alice, manager, score, state):
    attempt = begin(alice, make_exam(parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}]))
    answer_all(attempt, "A clear text.")
    assert attempt.state == "grading"
    with pytest.raises(NotNow):
        begin(alice, attempt.exam)
    answer = Answer.objects.to_grade(manager).get()
    assert answer.grade_with(manager, score, "Thank you.")
    attempt.refresh_from_db()
    assert attempt.state == state
    assert not answer.grade_with(manager, 5, "Once more.")


def test_options_and_sides_stand_in_an_order_of_ones_own_and_are_counted_by_what_they_are(alice):
    exam = make_exam(parts=[{"items": [*LOOSE] * 24 + [CHOICE, PAIR]}])
    attempt = begin(alice, exam)
    choices, pairs = (
        [attempt.order(item) for item in Item.objects.filter(kind=kind, fixed=False).order_by("pk")]
        for kind in ("choice", "pair")
    )
    again = Attempt.objects.get(pk=attempt.pk)
    assert choices == [again.order(item) for item in Item.objects.filter(kind="choice", fixed=False).order_by("pk")]
    assert len({tuple(order) for order in choices}) > 1
    assert {tuple(order) for order in pairs} == {(1, 2, 3, 4, 5, 6, 7, 8), (8, 7, 6, 5, 4, 3, 2, 1)}
    for item in Item.objects.filter(fixed=True):
        assert attempt.order(item) == list(item.answers)


def test_nobody_grades_their_own(alice):
    attempt = begin(alice, make_exam(parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}]))
    answer_all(attempt, "Mine.")
    assert not Answer.objects.to_grade(alice).exists()
    assert not Answer.objects.get().grade_with(alice, 5, "")


def test_no_grader_is_kept_busy_with_an_attempt_that_has_failed(alice, manager):
    parts = [{"items": [CHOICE]}, {"items": [TEXT], "rule": "mean", "threshold": 4}]
    attempt = begin(alice, make_exam(parts=parts))
    answer_all(attempt, 1)
    answer_all(attempt, "Words.")
    assert attempt.state == "failed"
    assert not Answer.objects.to_grade(manager).exists()


def test_items_stand_in_an_order_of_ones_own_that_a_reload_keeps(alice):
    exam = make_exam(parts=[{"items": [CHOICE] * 12}], cohort="first")
    orders = []
    for person in (alice, join("first", "carol@example.org")):
        attempt = begin(person, exam)
        sitting = attempt.begin_part()
        order = [item.number for item in sitting.items()]
        assert order == [item.number for item in Attempt.objects.get(pk=attempt.pk).sitting().items()]
        orders.append(order)
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == list(range(1, 13))


def test_a_published_exam_never_changes(alice):
    exam = make_exam()
    item = Item.objects.get()
    for change in (
        lambda: Exam.objects.filter(pk=exam.pk).update(attempts=9),
        lambda: exam.parts.update(threshold=1),
        lambda: Item.objects.update(accepted=[1]),
        lambda: Item.objects.create(part=item.part, number=9, question="?", **CHOICE),
        lambda: item.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    exam.retire()
    exam.refresh_from_db()
    assert exam.state == "retired"


def test_the_answers_of_an_ended_attempt_never_change(alice):
    answer_all(begin(alice, make_exam()), 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.update(value=2)


def test_an_exam_without_items_that_count_is_not_published(db):
    exam = make_exam(parts=[{"items": [{**CHOICE, "practice": True}]}], publish=False)
    assert not exam.publish()


def test_an_exam_is_open_to_its_cohorts_alone(alice, bob):
    exam = make_exam()
    make_exam("Draft", publish=False)
    assert list(Exam.objects.open_to(alice)) == [exam]
    assert not Exam.objects.open_to(bob).exists()
    alice.memberships.update(left_at=timezone.now())
    assert not Exam.objects.open_to(alice).exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_begin_one_attempt_and_one_part():
    alice, exam = join("first", "alice@example.org"), make_exam()

    def tab(_number: int) -> tuple:
        try:
            attempt = begin(alice, exam)
            return attempt.pk, attempt.begin_part().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(tab, range(8)))) == 1
    assert Attempt.objects.get().number == 1
