"""Comparisons that are held out, as reports read them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit

from labeling.rewards.report.held import Held


def held(margins: Sequence[float], **fields: Any) -> Held:
    """People prefer the first response of each, which is rewarded by so much more; each begins with another prompt."""
    n = len(margins)
    usual = {
        **{"comparison": [f"c{place}" for place in range(n)], "root": np.arange(n), "groups": {}},
        **{"prefers_first": np.ones(n, dtype=bool), "degree": np.full(n, 2), "share": np.ones(n)},
        **{"judges": np.ones(n, dtype=int), "first": np.array(margins, dtype=float), "second": np.zeros(n)},
        **{"first_chars": np.full(n, 100), "second_chars": np.full(n, 100)},
        **{"first_safe": np.full(n, np.nan), "second_safe": np.full(n, np.nan), "spread": np.zeros(n)},
    }
    arrays = {name: np.array(value) if isinstance(usual[name], np.ndarray) else value for name, value in fields.items()}
    return Held(**{**usual, **arrays})


def drawn(n: int, *, true: float = 1.0, said: float = 1.0, seed: int = 1, judges: int = 5) -> Held:
    """So many, of which people choose the first as often as σ(true · x) says, and the model is as sure as σ(said · x),
    for an x that is drawn anew for each."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1.5, n)
    share = random.binomial(judges, expit(true * x)) / judges
    one = held(said * x, share=share, prefers_first=share > 0.5, judges=np.full(n, judges))
    lengths = random.integers(50, 800, (2, n))
    return replace(one, degree=random.integers(1, 5, n), first_chars=lengths[0], second_chars=lengths[1])


def flipped(one: Held) -> Held:
    """The same, with the other response called the first."""
    return replace(
        one,
        prefers_first=~one.prefers_first,
        share=1 - one.share,
        **{"first": one.second, "second": one.first, "first_chars": one.second_chars, "second_chars": one.first_chars},
        **{"first_safe": one.second_safe, "second_safe": one.first_safe},
    )
