"""Whether sureness is what it says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from labeling.rewards.report.calibration import calibration, reliability, temperature
from labeling.rewards.report.resampling import Resampled
from tests.rewards.report.pairs import drawn, flipped


def of(one):
    return calibration(one, Resampled.of(one.root))


def test_a_model_that_is_as_sure_as_people_agree_is_calibrated():
    found = of(drawn(4000))
    assert found["raw"]["ece"]["value"] < 0.02
    assert found["temperature"] == pytest.approx(1, abs=0.06)
    assert all(step["low"] - 0.02 <= step["said"] <= step["high"] + 0.02 for step in found["raw"]["steps"])


def test_one_that_is_too_sure_is_found_out_and_its_temperature_mends_it():
    found = of(drawn(4000, said=4.0))
    assert found["raw"]["ece"]["low"] > 0.08
    assert found["temperature"] == pytest.approx(4, rel=0.06)
    assert found["scaled"]["ece"]["value"] < 0.02


def test_which_response_is_called_the_first_changes_nothing():
    one = drawn(500, said=2.0)
    there, back = of(one), of(flipped(one))
    assert there["raw"]["ece"]["value"] == pytest.approx(back["raw"]["ece"]["value"])
    assert there["temperature"] == pytest.approx(back["temperature"], rel=1e-4)


def test_a_temperature_is_shown_on_other_prompts_than_it_was_found_on():
    """Five comparisons of which each is alone of its kind: what is found on the others says the opposite of it."""
    lead, share = np.array([3.0, 3.0, 3.0, 3.0, 3.0, 3.0]), np.array([1.0, 1, 1, 0, 0, 0])
    one = drawn(6)
    one = type(one)(**{**vars(one), "first": lead, "second": np.zeros(6), "share": share})
    found = of(one)
    assert found["temperature"] > 20
    assert found["scaled"]["ece"]["value"] > 0


def test_a_model_that_says_how_unsure_it_is_of_a_difference_is_taken_at_its_word():
    """People go by what lies around each difference by a known spread: the difference alone is too sure."""
    random = np.random.default_rng(9)
    one = drawn(4000)
    share = random.binomial(5, expit(one.lead + random.normal(0, 3.0, 4000))) / 5
    unsure = replace(one, share=share, spread=np.full(4000, 3.0))
    assert of(unsure)["raw"]["ece"]["value"] < 0.03
    assert of(replace(unsure, spread=np.zeros(4000)))["raw"]["ece"]["low"] > 0.06


def test_of_few_prompts_there_is_no_temperature():
    assert of(drawn(4))["temperature"] is None


def test_who_cannot_tell_is_half_sure_and_half_right():
    found = reliability(np.zeros(20), np.ones(20), Resampled.of(np.arange(20)))
    assert [(step["said"], step["value"], step["n"]) for step in found["steps"]] == [(0.5, 0.5, 20)]
    assert found["ece"]["value"] == 0


def test_the_temperature_is_the_one_under_which_shares_are_most_probable():
    one = drawn(400, said=3.0)
    best = temperature(one.lead, one.share)

    def surprise(by: float) -> float:
        return float(
            (np.logaddexp(0, -one.lead / by) * one.share + np.logaddexp(0, one.lead / by) * (1 - one.share)).sum()
        )

    assert surprise(best) < min(surprise(best * 1.05), surprise(best / 1.05))
