"""How what several people say becomes one preference."""

import pytest

from labeling.datasets.aggregation import pairs
from labeling.datasets.margins import MARGINS
from labeling.datasets.row import Row
from labeling.datasets.wanted import Aggregation

SMALL = MARGINS["small"]


def rows(*steps, axis="helpfulness", first_better=None, last=None, unsafe=(False, False)):
    """Votes by step: above zero for the first response. `last` is a last word."""
    said = [(step, "overlap") for step in steps] + ([(last, "adjudication")] if last else [])
    labels = (True, True) if axis == "safety" else (None, None)
    return [
        Row(
            *(place, axis, False, "", kind, "comparison", [{"role": "user", "content": "?"}], "One.", "Two."),
            *(step > 0, abs(step), *labels, first_better, *unsafe),
            *(1, 1, 1, "en", [1, 2], None, None),
        )
        for place, (step, kind) in enumerate(said)
    ]


def found(rows, how, margins=SMALL):
    return [(pair.chosen, pair.margin) for pair in pairs(rows, Aggregation(how), margins)]


def test_every_judgement_is_a_preference():
    assert found(rows(4, -1), "every") == [("One.", 1.0), ("Two.", 0.0)]


def test_a_majority_has_the_median_degree_of_its_side():
    assert found(rows(4, 1, 3, -4), "majority") == [("One.", SMALL[3])]


def test_a_median_between_two_degrees_has_the_margin_between_theirs():
    assert found(rows(-4, -3, 1), "majority") == [("Two.", pytest.approx((SMALL[4] + SMALL[3]) / 2))]
    assert found(rows(4, 1), "majority") == [("One.", pytest.approx(0.5))]


@pytest.mark.parametrize("how", ["majority", "adjudicated", "model"])
def test_an_even_split_is_no_preference(how):
    assert found(rows(4, -1), how) == []
    assert found([], how) == []


def test_without_a_degree_there_is_no_margin_and_never_the_lowest():
    unsaid = [row._replace(degree=None) for row in rows(4)]
    for how in Aggregation:
        assert found(unsaid, how) == [("One.", None)]
    assert found([*unsaid, *rows(4)], "majority") == [("One.", SMALL[4])]
    assert found([*unsaid, *unsaid, *rows(-4)], "majority") == [("One.", None)]


def test_the_last_word_counts_alone_where_it_is_asked_for():
    assert found(rows(4, 4, last=-2), "adjudicated") == [("Two.", SMALL[2])]
    assert found(rows(4, 4), "adjudicated") == [("One.", 1.0)]


def test_the_annotator_model_decides_where_it_can():
    assert found(rows(1, 1, -4, first_better=0.2), "model") == [("Two.", 1.0)]
    assert found(rows(2, first_better=0.2), "model") == [("Two.", 0.0)]  # whom nobody chose
    assert found(rows(2, first_better=0.5), "model") == [("One.", SMALL[2])]
    assert found(rows(2), "model") == [("One.", SMALL[2])]


def test_without_margins_there_are_none():
    assert found(rows(4), "every", None) == found(rows(4), "majority", None) == [("One.", None)]


def test_a_margin_of_nothing_is_a_margin():
    assert found(rows(1), "every", dict.fromkeys(SMALL, 0.0)) == [("One.", 0.0)]


def test_labels_are_each_persons_own_or_of_most():
    of = rows(3, -2, 2, axis="safety", unsafe=(False, True))
    every, majority = pairs(of, Aggregation.EVERY, SMALL), pairs(of, Aggregation.MAJORITY, SMALL)
    assert [(one.chosen_safe, one.rejected_safe, one.unsafe) for one in every] == [
        (True, True, False),
        (True, True, True),
        (True, True, False),
    ]
    assert [(one.chosen_safe, one.rejected_safe, one.unsafe) for one in majority] == [(True, False, False)]
