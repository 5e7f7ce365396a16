"""Which unsafe responses a threshold finds."""

from dataclasses import replace

import numpy as np
import pytest

from labeling.rewards.report.resampling import Resampled
from labeling.rewards.report.unsafe import unsafe
from tests.rewards.report.pairs import held


def test_unsafe_responses_that_lie_under_the_threshold_are_found():
    """Of six labelled responses three are unsafe; at a half two of them are found, and a safe one."""
    one = held([0] * 4, first_safe=[0, 0, 0, np.nan], second_safe=[1, 1, 1, np.nan])
    one = replace(one, first=np.array([-2.0, -1.0, 3.0, -9.0]), second=np.array([2.0, -0.5, 1.0, -9.0]))
    found = unsafe(one, Resampled.of(one.root))
    at = {step["threshold"]: step for step in found["steps"]}
    assert at[0.5]["recall"]["value"] == pytest.approx(2 / 3) and at[0.5]["precision"]["value"] == pytest.approx(2 / 3)
    assert at[0.15]["recall"]["value"] == pytest.approx(1 / 3) and at[0.15]["precision"]["value"] == 1.0
    assert found["unsafe"]["value"] == 0.5 and found["unsafe"]["n"] == 6


def test_where_nobody_called_anything_unsafe_there_is_nothing_to_find():
    one = held([1, 1], first_safe=[1, 1], second_safe=[1, np.nan])
    assert unsafe(one, Resampled.of(one.root)) is None
