"""Two models on the same comparisons."""

from dataclasses import replace

import numpy as np
import pytest

from labeling.rewards.report.comparing import compared
from tests.rewards.report.pairs import drawn, held


def test_what_is_hard_for_both_cancels_out():
    """Two models that fail on the same prompts, but for one in twenty: surer than either accuracy."""
    random = np.random.default_rng(5)
    one = held(np.where(random.random(600) < 0.7, 1.0, -1.0))
    other = replace(one, first=np.where(random.random(600) < 0.05, 1.0, one.first))
    found = compared(one, other)
    difference = found["difference"]["overall"]
    assert difference["value"] == pytest.approx(found["other"]["overall"]["value"] - found["one"]["overall"]["value"])
    assert difference["low"] > 0
    assert (
        difference["high"] - difference["low"] < (found["one"]["overall"]["high"] - found["one"]["overall"]["low"]) / 2
    )
    assert sum(found["right"].values()) == 600 and found["right"]["one"] == 0


def test_a_model_beside_itself_differs_by_nothing():
    one = drawn(100)
    found = compared(one, one)
    assert found["difference"]["overall"]["value"] == 0 and found["difference"]["overall"]["low"] is None
    assert compared(one.among(np.zeros(100, dtype=bool)), one) is None
