"""The losses are what their formulas say, on numbers worked out by hand."""

from math import log

import pytest
import torch

from models_runtime.reward_loss import UNLABELLED, preference_loss, safety_loss

LN3, LN4 = log(3), log(4)  # σ(ln 3) = 3/4, σ(−ln 3) = 1/4
NONE, SMALL, LARGE = [0.0] * 4, [1, 2 / 3, 1 / 3, 0], [3.0, 2.0, 1.0, 0.0]


def loss(kind: str, differences: list[float], margins: list[float], shares: list[float]) -> float:
    return preference_loss(kind, *map(torch.tensor, (differences, margins, shares))).item()


@pytest.mark.parametrize("margins", [NONE, SMALL, LARGE], ids=["none", "small", "large"])
def test_a_margin_is_taken_from_the_difference(margins: list[float]):
    """Differences so that d − m is ln 3 in each pair: −log σ(ln 3) = log 4/3."""
    assert loss("hard", [LN3 + margin for margin in margins], margins, [1.0] * 4) == pytest.approx(log(4 / 3), rel=1e-5)


def test_without_a_margin_two_equal_rewards_cost_the_log_of_two():
    assert loss("hard", [0.0, 0.0], [0.0, 0.0], [1.0, 1.0]) == pytest.approx(log(2))


def test_a_margin_that_is_not_reached_costs_more():
    """d = 0, m = ln 3: −log σ(−ln 3) = log 4."""
    assert loss("hard", [0.0], [LN3], [1.0]) == pytest.approx(LN4, rel=1e-5)


@pytest.mark.parametrize(("margins", "weight"), [(NONE, 1), (SMALL, 1.5), (LARGE, 2.5)], ids=["none", "small", "large"])
def test_scaled_a_clear_preference_weighs_more(margins: list[float], weight: float):
    """The mean of 1 + m over the degrees."""
    assert loss("scaled", [LN3] * 4, margins, [1.0] * 4) == pytest.approx(weight * log(4 / 3), rel=1e-5)


def test_soft_it_is_the_cross_entropy_against_the_share_of_people():
    """p = 3/4, σ(d) = 3/4: −3/4 log 3/4 − 1/4 log 1/4, whatever the margin."""
    assert loss("soft", [LN3], [3.0], [0.75]) == pytest.approx(-0.75 * log(0.75) - 0.25 * log(0.25), rel=1e-5)
    assert loss("soft", [LN3], [0.0], [1.0]) == pytest.approx(log(4 / 3), rel=1e-5)


def test_a_loss_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no loss 'nope'"):
        loss("nope", [0.0], [0.0], [1.0])


def test_the_safety_term_is_the_cross_entropy_of_the_labels_there_are():
    """Of r = ln 3 and safe: log 4/3; of r = ln 3 and unsafe: log 4; the third has no label."""
    found = safety_loss(torch.tensor([LN3, LN3, 7.0]), torch.tensor([1.0, 0.0, UNLABELLED]))
    assert found.item() == pytest.approx((log(4 / 3) + LN4) / 2, rel=1e-5)


def test_without_labels_the_safety_term_is_nothing_and_still_has_a_way_back():
    rewards = torch.tensor([1.0, 2.0], requires_grad=True)
    found = safety_loss(rewards, torch.tensor([UNLABELLED, UNLABELLED]))
    found.backward()
    assert found.item() == 0 and rewards.grad is not None and not rewards.grad.any()
