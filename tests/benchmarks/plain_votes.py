"""What a comparison's judgements say without the annotator model: the first one alone, the majority, and the model of
A. P. Dawid and A. M. Skene. Each gives (C,) how far the first response is better, ½ where it cannot tell.

Crowd-kit has the last two, with the same figures (a test holds them to it), and takes seconds where these take
milliseconds."""

import numpy as np

from labeling.quality.annotator_model import Floats, Judgements

ROUNDS = 100
SMALLEST = 1e-10


def single(judgements: Judgements) -> Floats:
    found = np.full(len(judgements.known), 0.5)
    where, first = np.unique(judgements.comparison, return_index=True)
    found[where] = judgements.chose_first[first]
    return found


def majority(judgements: Judgements) -> Floats:
    """The share that chose the first response."""
    count = len(judgements.known)
    judged = np.bincount(judgements.comparison, minlength=count)
    first = np.bincount(judgements.comparison, judgements.chose_first, minlength=count)
    return np.where(judged > 0, first / np.maximum(judged, 1), 0.5)


def dawid_skene(judgements: Judgements, rounds: int = ROUNDS) -> Floats:
    """Everybody has a chance of saying "first" where it is, and one where it is not."""
    found = majority(judgements)
    who, where, said = judgements.annotator, judgements.comparison, judgements.chose_first.astype(np.int64)
    for _ in range(rounds):
        chances = np.empty((judgements.annotators, 2, 2))  # of what somebody says (last) where something is so
        for truth, share in enumerate((1 - found, found)):
            for word in (0, 1):
                sums = np.bincount(who, share[where] * (said == word), minlength=judgements.annotators)
                chances[:, truth, word] = np.maximum(sums, SMALLEST)
        logs = np.log(chances / chances.sum(axis=2, keepdims=True))
        prior = found.mean()
        odds = np.bincount(where, logs[who, 1, said] - logs[who, 0, said], minlength=len(found))
        found = 1 / (1 + np.exp(-odds - np.log(prior / (1 - prior))))
    return found


def right(first_better: Floats, answer: np.ndarray) -> Floats:
    """(C,) 1 where the more probable answer is the right one, ½ where neither is: a tie is a coin's toss, for all."""
    return np.where(np.isclose(first_better, 0.5, atol=1e-9), 0.5, (first_better > 0.5) == (answer > 0))
