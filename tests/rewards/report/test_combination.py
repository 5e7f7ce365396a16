"""One reward from two models."""

import numpy as np
import pytest
from scipy.special import expit

from labeling.rewards.report.combination import combined, whitened


def test_the_safety_model_decides_where_the_prompt_or_its_own_word_says_so():
    helpful, safe = np.array([2.0, 2.0, 2.0]), np.array([1.0, 1.0, -2.0])
    found = combined(helpful, safe, np.array([True, False, False]))
    assert found == pytest.approx([expit(1.0), expit(2.0), expit(-2.0)])


def test_combined_rewards_are_whitened_as_logits():
    rewards = combined(np.array([3.0, -1.0, 0.5]), np.zeros(3), np.zeros(3, dtype=bool))
    found = whitened(rewards)
    assert found.mean() == pytest.approx(0) and found.std() == pytest.approx(1)
    assert found[0] - found[1] == pytest.approx(4 / np.array([3.0, -1.0, 0.5]).std())
    assert whitened(np.array([0.3, 0.3])).tolist() == [0, 0]
