"""How far apart rewards are, and what is most wrong."""

import pytest

from labeling.rewards.report.margins import margins, worst
from tests.rewards.report.pairs import held


def test_every_margin_is_under_one_bar_and_what_is_most_wrong_comes_first():
    one = held([3, -2, 0.5, -0.1, -50], degree=[4, 4, 2, 1, 3])
    found = margins(one)
    assert sum(found["counts"]) == 5 and len(found["edges"]) == len(found["counts"]) + 1
    assert found["quarters"]["4"] == pytest.approx([-0.75, 0.5, 1.75])
    assert [(row["comparison"], row["margin"]) for row in worst(one)] == [("c4", -50.0), ("c1", -2.0), ("c3", -0.1)]
