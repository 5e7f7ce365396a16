"""What parts come to, by Llama 2's own thresholds."""

import pytest

from labeling.exams.scoring import Mark, Rule, agreed, passes, score

RIGHT, WRONG = Mark(answered=True, right=True), Mark(answered=True)


def graded(*grades: int) -> list[Mark]:
    return [Mark(answered=True, grade=grade) for grade in grades]


def test_a_share_is_of_all_items_and_of_what_they_weigh():
    assert score(Rule.SHARE, [RIGHT] * 9 + [Mark()]) == 90
    assert score(Rule.SHARE, [Mark(weight=3, answered=True, right=True), WRONG]) == 75


@pytest.mark.parametrize(("right", "passed"), [(26, False), (27, True)])
def test_more_than_26_of_31_are_asked_for(right, passed):
    got = score(Rule.COUNT, [RIGHT] * right + [WRONG] * (31 - right))
    assert passes(got, 26, more_than=True) is passed


def test_an_average_of_4_is_enough_where_it_says_so_and_not_where_it_has_to_be_over_it():
    got = score(Rule.MEAN, graded(3, 5))
    assert passes(got, 4) and not passes(got, 4, more_than=True)


def test_a_mean_waits_for_its_last_grade():
    assert score(Rule.MEAN, [*graded(5), Mark(answered=True)]) is None


def test_what_is_not_answered_is_worth_nothing_unless_one_may_choose():
    assert score(Rule.MEAN, [*graded(4, 4), Mark()]) == pytest.approx(8 / 3)
    assert score(Rule.MEAN, [*graded(*[5] * 6), *[Mark()] * 12], at_least=6) == 5


def test_fewer_than_one_has_to_choose_are_worth_nothing_and_wait_for_nobody():
    assert score(Rule.MEAN, [Mark(answered=True)] * 5 + [Mark()] * 13, at_least=6) == 0
    assert score(Rule.MEAN, [Mark()]) == 0


@pytest.mark.parametrize(
    ("grades", "graders", "worth"),
    [
        ([], 1, None),
        ([3], 1, 3),
        ([3], 2, None),
        ([3, 4], 2, 3.5),
        ([2, 5], 2, None),
        ([2, 5, 4], 2, 4),
        ([5, 5, 1], 2, 5),
    ],
)
def test_two_graders_who_differ_too_much_want_a_third(grades, graders, worth):
    assert agreed(grades, graders=graders, apart=1) == worth
