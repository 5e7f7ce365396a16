from math import sqrt

import pytest

from labeling.dialogues.intervals import wilson


@pytest.mark.parametrize(("hits", "of"), [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (510, 1000)])
def test_the_interval_is_where_the_score_test_accepts(hits, of):
    """At both ends the count is z standard errors away; the usual interval would take the error at hits/of."""
    for end in wilson(hits, of, z=1.5):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(hits / of - end) == pytest.approx(1.5 * sqrt(end * (1 - end) / of))
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_the_interval_of_a_published_example():
    """81 of 263: 0.2553 to 0.3662, in R. G. Newcombe, Statistics in Medicine 17 (1998) 857 to 872, table I."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_the_ends_are_exact_where_nothing_or_everything_was_counted():
    assert wilson(0, 0) == (0, 1)
    assert (wilson(0, 10)[0], wilson(59, 59)[1]) == (0, 1)
