"""Whether a reward model is as sure as it has reason to be: against the share of judges who agree with it. Pure.

By the Bradley-Terry model that its loss assumes, σ(r_first - r_second) is how probably the first response is better;
nearer to a half, where the model says how unsure it is of the difference. Which one is called the first is chance, so
sureness runs from a half to one. One number may scale all of it: the temperature of C. Guo and others, "On Calibration
of Modern Neural Networks" (ICML 2017). It is found on other prompts than those that it is shown on, in five parts.
"""

from typing import Any

import numpy as np

from labeling.quality.agreement import SEED
from labeling.rewards.report.held import Floats, Held, Integers
from labeling.rewards.report.resampling import Resampled, figure

STEPS = 10
FOLDS = 5
FAR = 5.0  # of a temperature's logarithm


def calibration(held: Held, again: Resampled) -> dict[str, Any]:
    """`temperature` is that of all of them, for whoever uses the rewards: divide them by it."""
    odds = held.odds
    raw = reliability(odds, held.share, again)
    if again.roots < FOLDS:
        return {"raw": raw, "scaled": None, "temperature": None}
    scaled = reliability(cooled(odds, held.share, again.place), held.share, again)
    return {"raw": raw, "scaled": scaled, "temperature": temperature(odds, held.share)}


def reliability(odds: Floats, share: Floats, again: Resampled) -> dict[str, Any]:
    """In ten equal steps of sureness: how sure it is, and how many judges agree; and the expected calibration error,
    which is how far these lie apart on average (M. P. Naeini and others, AAAI 2015). Of a resample it is a little
    larger, since chance alone moves the two apart: its interval lies rather too high than too low."""
    from scipy.special import expit

    sure = expit(np.abs(odds))
    agree = np.where(odds > 0, share, np.where(odds < 0, 1 - share, 0.5))
    step = np.minimum(((sure - 0.5) * 2 * STEPS).astype(np.int64), STEPS - 1)
    inside = (step[:, None] == np.arange(STEPS)).astype(np.float64)
    apart = np.abs(again.sums(inside * (sure - agree)[:, None])).sum(1) / again.sums(inside).sum(1)
    found = again.shares(inside * agree[:, None], inside)
    with np.errstate(invalid="ignore"):
        said = (inside * sure[:, None]).sum(0) / inside.sum(0)
    steps = [{"said": float(said[place]), **one.kept()} for place, one in enumerate(found) if one.n]
    return {"steps": steps, "ece": figure(apart, again.roots, len(odds)).kept()}


def cooled(odds: Floats, share: Floats, root: Integers) -> Floats:
    """Each part of the prompts by the temperature of the others."""
    order = np.random.default_rng(SEED).permutation(root.max() + 1)
    fold, found = order[root] % FOLDS, np.empty(len(odds))
    for number in range(FOLDS):
        here = fold == number
        found[here] = odds[here] / temperature(odds[~here], share[~here])
    return found


def temperature(odds: Floats, share: Floats) -> float:
    """By which to divide, so that the shares of judges are most probable."""
    from scipy.optimize import minimize_scalar

    def surprise(log_of_it: float) -> float:
        cooler = odds / np.exp(log_of_it)
        return float((share * np.logaddexp(0, -cooler) + (1 - share) * np.logaddexp(0, cooler)).sum())

    return float(np.exp(minimize_scalar(surprise, bounds=(-FAR, FAR), method="bounded").x))
