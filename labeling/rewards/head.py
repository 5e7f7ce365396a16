"""A linear reward on frozen features, fitted to preferences in seconds, which knows how sure it is. Pure.

A response's reward is w·x of its features x. The first of two is better with the probability σ(w·(x₁ − x₂)) (R. A.
Bradley and M. E. Terry, "Rank analysis of incomplete block designs", 1952). w is drawn towards 0 by a normal prior, as
strongly as predicts best: by the log loss on root prompts that a fit has not seen. What is left unsure of w is taken as
normal around the most probable one (Laplace's approximation), and what it predicts is drawn towards ½ by as much (D.
MacKay, "The evidence framework applied to classification networks", Neural Computation, 1992).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

FOLDS = 5
STRENGTHS = tuple(10.0 ** (power / 2) for power in range(8, -3, -1))  # 10,000 down to 0.1: the strongest first
CHOSEN_ON = 4000  # preferences, at most, that the strength is chosen on
PORTION = 4096  # rows at once where a matrix of squares is added up
SMALLEST = 1e-3  # of the usual spread: a feature that hardly ever differs is not blown up to say much where it does


@dataclass(frozen=True)
class Preferences:
    """n comparisons with d features of each response. `share` is how many of those who judged it prefer the first, from
    0 to 1, and `weight` how much they count together; those with the same `root` begin with the same prompt."""

    features: Floats  # (n, 2, d)
    share: Floats  # (n,)
    weight: Floats  # (n,)
    root: Integers  # (n,)

    def differences(self) -> Floats:
        """(n, d), first less second."""
        return self.features[:, 0].astype(np.float64) - self.features[:, 1]


@dataclass(frozen=True)
class Head:
    """`weight` is of features as they come. `precision` is the Cholesky factor (lower) of how surely it is known."""

    weight: Floats  # (d,)
    centre: float  # the mean reward of the training responses, which is called 0
    precision: Floats  # (d, d)
    strength: float

    def rewards(self, features: Floats) -> Floats:
        """(…,) of (…, d)."""
        return features.astype(np.float64) @ self.weight - self.centre

    def spread(self, features: Floats) -> Floats:
        """(n,) standard deviation of the difference of the two rewards, of features (n, 2, d)."""
        from scipy.linalg import solve_triangular

        difference = features[:, 0].astype(np.float64) - features[:, 1]
        return np.linalg.norm(solve_triangular(self.precision, difference.T, lower=True), axis=0)


@dataclass(frozen=True)
class Choice:
    """`loss` by strength: the mean log loss of a preference whose root prompt the fit had not seen."""

    strength: float
    loss: dict[float, float]


def moderated(difference: Floats, spread: Floats) -> Floats:
    """How probably the first is better, where the difference of their rewards is known with that spread."""
    return sigmoid(difference / np.sqrt(1.0 + np.pi * spread**2 / 8.0))


def fit(preferences: Preferences, strength: float) -> Head:
    """The most probable head, and how surely it is known."""
    from scipy.linalg import cho_factor

    differences = preferences.differences()
    scale = spread_of(differences)
    scaled = differences / scale
    weight = most_probable(scaled, preferences, strength)
    share = sigmoid(scaled @ weight)
    squares = np.diag(np.full(len(weight), strength))
    for begin in range(0, len(scaled), PORTION):
        part = slice(begin, begin + PORTION)
        sure = preferences.weight[part] * share[part] * (1.0 - share[part])
        squares += scaled[part].T @ (scaled[part] * sure[:, None])
    factor, _ = cho_factor(squares, lower=True)
    own = weight / scale
    centre = float(preferences.features.mean(axis=(0, 1), dtype=np.float64) @ own)
    return Head(own, centre, np.tril(factor) * scale[:, None], strength)


def choose(preferences: Preferences, strengths: Sequence[float] = STRENGTHS, seed: int = 0) -> Choice:
    """The strength that predicts best. The weakest ones are not tried once it has become worse twice in a row."""
    folds = folded(preferences.root, seed)
    folds[np.random.default_rng(seed).permutation(len(folds))[CHOSEN_ON:]] = -1
    differences = preferences.differences()
    scaled = differences / spread_of(differences)
    weights: list[Floats] = [np.zeros(scaled.shape[1]) for _ in range(FOLDS)]
    loss: dict[float, float] = {}
    for strength in sorted(strengths, reverse=True):
        lost = 0.0
        for number in range(FOLDS):
            seen, hidden = (folds >= 0) & (folds != number), folds == number
            weights[number] = most_probable(scaled[seen], of(preferences, seen), strength, weights[number])
            lost += float(losses(scaled[hidden] @ weights[number], of(preferences, hidden)).sum())
        loss[strength] = lost / float(preferences.weight[folds >= 0].sum())
        if len(loss) > 2 and min(list(loss.values())[-2:]) > min(loss.values()):
            break
    return Choice(min(loss, key=lambda strength: loss[strength]), loss)


def unseen(preferences: Preferences, strength: float, seed: int = 0) -> Floats:
    """(n,) how much better the first response of each is, by a head that was fitted to other root prompts alone."""
    differences = preferences.differences()
    scaled = differences / spread_of(differences)
    found = np.zeros(len(scaled))
    folds = folded(preferences.root, seed)
    for number in range(FOLDS):
        hidden = folds == number
        found[hidden] = scaled[hidden] @ most_probable(scaled[~hidden], of(preferences, ~hidden), strength)
    return found


def folded(root: Integers, seed: int = 0) -> Integers:
    """(n,) the fold of each, from 0: the same for all that begin with the same prompt."""
    roots, which = np.unique(root, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(roots)) % FOLDS)[which]


def of(preferences: Preferences, chosen: NDArray[np.bool_]) -> Preferences:
    return Preferences(
        preferences.features[chosen], preferences.share[chosen], preferences.weight[chosen], preferences.root[chosen]
    )


def most_probable(scaled: Floats, preferences: Preferences, strength: float, start: Floats | None = None) -> Floats:
    """(d,), of features that are scaled."""
    from scipy.optimize import minimize

    def cost(weight: Floats) -> tuple[float, Floats]:
        difference = scaled @ weight
        slope = preferences.weight * (sigmoid(difference) - preferences.share)
        lost = float(losses(difference, preferences).sum()) + 0.5 * strength * float(weight @ weight)
        return lost, slope @ scaled + strength * weight

    begin = np.zeros(scaled.shape[1]) if start is None else start
    found = minimize(cost, begin, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6})
    best: Floats = found.x
    return best


def losses(difference: Floats, preferences: Preferences) -> Floats:
    """(n,) what each costs: its weight times the logarithm of how improbable it is called, in nats."""
    cost = np.logaddexp(0.0, -difference) * preferences.share + np.logaddexp(0.0, difference) * (1 - preferences.share)
    return preferences.weight * cost


def spread_of(differences: Floats) -> Floats:
    """(d,) by how much each feature differs between two responses: the root of the mean square."""
    spread = np.sqrt(np.square(differences).mean(axis=0))
    return np.maximum(spread, SMALLEST * np.median(spread) or 1.0)


def sigmoid(odds: Floats) -> Floats:
    return 0.5 * (1.0 + np.tanh(0.5 * odds))
