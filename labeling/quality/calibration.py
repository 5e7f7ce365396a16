"""Whether what is said to be 80 % sure is so in 80 of 100, and a correction where it is not. Pure.

The correction multiplies the log odds by one number, found on comparisons whose answers are known: Platt's (J. Platt,
"Probabilistic outputs for support vector machines", 1999) without its constant, since which response is called the
first is chance; "temperature" to others. A number is all that a hundred known answers tell; it is drawn towards 1, so
that ten tell little.

Known answers must be those of comparisons drawn at random, and then decided. Gold that was picked because it is certain
is easier than the rest, and makes the model too sure of the rest.
"""

from dataclasses import replace

import numpy as np

from labeling.quality.annotator_model import Floats, Integers, Judgements, estimate

FOLDS = 5
SPREAD = 0.2  # of the logarithm of that number around 0, before anything is known
NEVER_SURER = 1e-6
BINS = 10


def held_out(judgements: Judgements, folds: int = FOLDS, seed: int = 0) -> Floats:
    """(C,) probability that the first response is better, of each known comparison as if it were not; else NaN."""
    found = np.full(len(judgements.known), np.nan)
    told = np.flatnonzero(judgements.known)
    fold = np.random.default_rng(seed).permutation(len(told)) % folds
    for number in range(folds if len(told) else 0):
        known, hidden = judgements.known.copy(), told[fold == number]
        known[hidden] = 0
        found[hidden] = estimate(replace(judgements, known=known)).first_better[hidden]
    return found


def sharpness(first_better: Floats, answer: Integers) -> float:
    """By what to multiply the log odds, from probabilities and the answers (1 or −1) that turned out to be right.

    The most probable one: Newton's method on its logarithm, of which the likelihood has one maximum.
    """
    odds = answer * log_odds(first_better)
    at = 0.0
    for _ in range(50):
        scaled = np.exp(at) * odds
        wrong = 1.0 / (1.0 + np.exp(scaled))
        slope = (wrong * scaled).sum() - at / SPREAD**2
        curve = (wrong * (1.0 - wrong) * scaled**2).sum() + SPREAD**-2.0
        step = float(np.clip(slope / curve, -0.5, 0.5))
        at += step
        if abs(step) < 1e-8:
            break
    return float(np.exp(at))


def recalibrated(first_better: Floats, by: float) -> Floats:
    return 1.0 / (1.0 + np.exp(-by * log_odds(first_better)))


def log_odds(share: Floats) -> Floats:
    share = np.clip(share, NEVER_SURER, 1.0 - NEVER_SURER)
    return np.log(share) - np.log1p(-share)


def calibration_error(first_better: Floats, answer: Integers) -> float:
    """How far, on average, the share of right answers is from how sure they were: expected calibration error over ten
    equal steps of sureness from ½ to 1 (M. P. Naeini and others, "Obtaining well calibrated probabilities using
    Bayesian binning", AAAI 2015)."""
    sure = np.maximum(first_better, 1.0 - first_better)
    right = np.where(first_better == 0.5, 0.5, (first_better > 0.5) == (answer > 0))
    step = np.minimum(((sure - 0.5) * 2 * BINS).astype(np.int64), BINS - 1)
    return float(np.abs(np.bincount(step, sure - right)).sum() / max(1, len(sure)))
