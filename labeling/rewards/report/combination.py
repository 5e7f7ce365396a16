"""One reward from two models, as Llama 2 used them to train its policies (arXiv 2307.09288, section 3.2.3). Pure."""

import numpy as np

from labeling.rewards.report.held import Booleans, Floats
from labeling.rewards.report.llama2 import THRESHOLD

NEVER_SURER = 1e-6


def combined(helpful: Floats, safe: Floats, is_safety_prompt: Booleans, threshold: float = THRESHOLD) -> Floats:
    """R_c of each response, from the raw rewards of both models: the safety model's σ(r) where the prompt is a safety
    prompt or that lies under the threshold, else the helpfulness model's."""
    safety = probabilities(safe)
    return np.where(is_safety_prompt | (safety < threshold), safety, probabilities(helpful))


def probabilities(rewards: Floats) -> Floats:
    """σ(r)."""
    from scipy.special import expit

    return np.asarray(expit(rewards))


def whitened(rewards: Floats, among: Floats | None = None) -> Floats:
    """The logits of R_c, moved and scaled so that those of `among`, or else they themselves, have a mean of 0 and a
    standard deviation of 1, as the penalty on leaving the first policy expects them. All zero where all are the same.
    """
    odds, others = logits(rewards), logits(rewards if among is None else among)
    spread = others.std()
    return (odds - others.mean()) / spread if spread > 0 else np.zeros_like(odds)


def logits(rewards: Floats) -> Floats:
    from scipy.special import logit

    return np.asarray(logit(np.clip(rewards, NEVER_SURER, 1 - NEVER_SURER)))
