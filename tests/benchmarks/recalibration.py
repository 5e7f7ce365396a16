"""A correction of how sure the annotator model is, from comparisons whose answers are known.

It multiplies the log odds by one number: Platt's (J. Platt, "Probabilistic outputs for support vector machines", 1999)
without its constant, since which response is called the first is chance; "temperature" to others. A number is all that
a hundred known answers tell; it is drawn towards 1, so that ten tell little.

Known answers must be those of comparisons drawn at random, and then decided. Gold that was picked because it is certain
is easier than the rest, and makes the model too sure of the rest; so the model goes without, as the simulation shows.
"""

from dataclasses import replace

import numpy as np

from labeling.quality.annotator_model import Floats, Integers, Judgements, estimate

FOLDS = 5
SPREAD = 0.2  # of the logarithm of that number around 0, before anything is known
NEVER_SURER = 1e-6


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
