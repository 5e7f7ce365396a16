import numpy as np
import pytest

from labeling.dialogues.intervals import wilson
from labeling.quality.shares import FEWEST_FOR_A_SLOPE, Share, Slope


def test_a_share_has_wilsons_interval_and_nothing_counted_has_none_of_its_own():
    assert (Share(81, 263).low, Share(81, 263).high) == wilson(81, 263)
    assert (Share().value, Share().low, Share().high) == (None, 0, 1)


def test_shares_add_up_and_are_taken_apart_by_what_was_counted():
    assert Share(1, 2) + Share(3, 8) == Share(4, 10)
    assert Share(4, 10) - Share(3, 8) == Share(1, 2)


def sums(x, y):
    x, y = x - x.mean(), y - y.mean()
    return len(x), x @ x, x @ y, y @ y


@pytest.mark.parametrize("seed", range(3))
def test_a_slope_is_that_of_least_squares_with_its_error(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=400)
    y = (random.random(400) < 0.5 + 0.1 * np.clip(x, -3, 3)).astype(float)
    (expected, _), error = np.polyfit(x, y, 1, cov=True)
    found = Slope.of_sums(*sums(x, y))
    assert found.value == pytest.approx(expected)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * error[0, 0] ** 0.5)
    assert found.low < 0.1 < found.high


def test_no_slope_is_given_of_few_pairs_or_of_pairs_as_long_as_each_other():
    assert Slope.of_sums(FEWEST_FOR_A_SLOPE - 1, 20.0, 1.0, 7.0) is None
    assert Slope.of_sums(500, 0.0, 0.0, 125.0) is None
