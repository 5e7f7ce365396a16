"""That 80 % means 80 of 100, and what known answers change about it."""

from dataclasses import replace

import numpy as np
import pytest

from labeling.quality.annotator_model import estimate
from labeling.quality.calibration import Step, by_chance, calibration_error, steps
from labeling.quality.model_evidence import foreseen
from tests.benchmarks.recalibration import held_out, recalibrated, sharpness
from tests.benchmarks.simulated_annotators import pool, told


def drawn(first_better: np.ndarray) -> np.ndarray:
    return np.where(np.random.default_rng(1).random(len(first_better)) < first_better, 1, -1)


def test_the_error_is_how_far_the_share_of_right_answers_is_from_how_sure_they_were():
    sure = np.full(100, 0.9)
    assert calibration_error(sure, np.where(np.arange(100) < 90, 1, -1)) == pytest.approx(0)
    assert calibration_error(sure, np.where(np.arange(100) < 60, 1, -1)) == pytest.approx(0.3)
    assert calibration_error(1 - sure, np.where(np.arange(100) < 90, -1, 1)) == pytest.approx(0)
    assert calibration_error(np.full(10, 0.5), np.ones(10)) == pytest.approx(0)
    assert calibration_error(np.zeros(0), np.zeros(0)) == 0


def test_predictions_that_are_about_as_sure_are_one_step():
    first = np.array([0.52, 0.46, 0.5, 0.98, 0.02, 1.0])
    told = np.array([True, True, True, True, True, True])
    assert steps(first, told) == [Step(pytest.approx(0.52), 1.5, 3), Step(pytest.approx(2.96 / 3), 2, 3)]


def test_chance_leaves_as_much_as_it_says():
    first = np.random.default_rng(0).uniform(0.0, 1.0, 2_000)
    errors = []
    for seed in range(200):
        came_true = np.random.default_rng(seed).random(len(first)) < first
        errors.append(calibration_error(first, came_true))
    assert by_chance(steps(first, came_true)) == pytest.approx(np.mean(errors), rel=0.05)


@pytest.mark.parametrize("by", [0.5, 1.0, 1.8])
def test_it_finds_by_what_the_log_odds_were_wrong(by):
    first_better = np.random.default_rng(0).uniform(0.02, 0.98, 20_000)
    assert sharpness(first_better, drawn(recalibrated(first_better, by))) == pytest.approx(by, rel=0.06)


def test_few_known_answers_change_little():
    first_better = np.array([0.9, 0.8, 0.1, 0.7])
    assert 0.9 < sharpness(first_better, np.array([1, 1, -1, 1])) < 1.1
    assert 0.8 < sharpness(first_better, np.array([-1, 1, -1, 1])) < 1.0
    assert sharpness(np.zeros(0), np.zeros(0)) == 1


def test_recalibrating_turns_no_answer_round():
    first_better = np.array([0.0, 0.1, 0.5, 0.7, 1.0])
    assert np.array_equal(recalibrated(first_better, 0.6) > 0.5, first_better > 0.5)
    assert recalibrated(first_better, 1.0) == pytest.approx(first_better, abs=1e-5)


def test_an_answer_is_judged_by_what_was_said_without_it():
    judgements = told(pool(seed=2, good_share=0.6), 60, easy=False, seed=0)
    one = np.flatnonzero(judgements.known)[7]
    turned = judgements.known.copy()
    turned[one] *= -1
    before, after = held_out(judgements), held_out(replace(judgements, known=turned))
    assert np.isnan(before).sum() == 1440
    assert before[one] == pytest.approx(after[one], abs=1e-12)
    assert not np.allclose(before, after, equal_nan=True)


def test_it_foresees_what_people_choose_about_as_surely_as_it_is_right():
    errors, without = [], []
    for seed in range(4):
        one = pool(seed, good_share=0.8)
        its = estimate(one.judgements)
        first, chose = foreseen(one.judgements, its)
        errors.append(calibration_error(first, chose))
        without.append(calibration_error(recalibrated(first, 3.0), chose))
    assert np.mean(errors) < 0.03
    assert np.mean(without) > 0.08


def test_what_is_judged_alone_or_known_foresees_nothing():
    one = pool(3, 0.8, overlapped=0.15)
    several = np.bincount(one.judgements.comparison)[one.judgements.comparison] > 1
    first, chose = foreseen(one.judgements, estimate(one.judgements))
    assert np.array_equal(chose, one.judgements.chose_first[several])
    some = told(one, 60, easy=False, seed=0)
    unknown = several & (some.known[some.comparison] == 0)
    assert len(foreseen(some, estimate(some))[0]) == unknown.sum() < several.sum() == len(first)


def test_the_model_is_about_as_sure_as_it_is_right():
    errors, without = [], []
    for seed in range(4):
        one = pool(seed, good_share=0.8)
        said = estimate(one.judgements).first_better
        errors.append(calibration_error(said, one.answer))
        without.append(calibration_error(recalibrated(said, 3.0), one.answer))
    assert np.mean(errors) < 0.035
    assert np.mean(without) > 0.08
