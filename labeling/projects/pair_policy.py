"""Which two model versions answer a prompt, and how they are sampled. Pure: the randomness is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from random import Random
from typing import Generic, Protocol, TypeVar

SEEDS = 2**31  # a seed is a non-negative integer below this: every engine takes it


class Entry(Protocol):
    """A model version's weight and sampling ranges; a `PairPolicyEntry` is one."""

    weight: float
    temperature_low: float
    temperature_high: float
    top_p_low: float
    top_p_high: float


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Drawn(Generic[E]):
    """One draw. `probability` is that of its version at its place, given what was drawn before it."""

    entry: E
    probability: float
    temperature: float
    top_p: float
    seed: int


def draw_pair(entries: Sequence[E], rng: Random, *, different: bool) -> list[Drawn[E]]:
    """Two draws by weight; with `different`, the second is drawn from the versions that are left.

    Raises ValueError when there are too few entries for that.
    """
    if len(entries) < (2 if different else 1):
        raise ValueError("the pair policy has too few model versions")
    first = _draw(entries, rng)
    left = [entry for entry in entries if entry is not first.entry] if different else entries
    return [first, _draw(left, rng)]


def draw_again(entry: E, probability: float, rng: Random) -> Drawn[E]:
    """The same version once more, its sampling and seed anew, in place of a response that a gate stopped.

    The version stays, and with it the probability of its draw: if versions were drawn anew, one whose responses are
    often stopped would stand in fewer pairs than its weight says, and no pair would have been drawn with the
    probability that is recorded for it.
    """
    return Drawn(
        entry=entry,
        probability=probability,
        temperature=round(rng.uniform(entry.temperature_low, entry.temperature_high), 3),
        top_p=round(rng.uniform(entry.top_p_low, entry.top_p_high), 3),
        seed=rng.randrange(SEEDS),
    )


def pair_shares(weights: Sequence[float], *, different: bool) -> dict[tuple[int, int], float]:
    """The probability of each unordered pair of places in `weights`, as `draw_pair` draws; they sum to 1.

    With wᵢ the share of weight i, two independent draws give wᵢ² for a pair of one with itself and 2wᵢwⱼ for two;
    two different ones wᵢ·wⱼ/(1 − wᵢ) + wⱼ·wᵢ/(1 − wⱼ), for either may come first. Nothing where no pair can be drawn.
    """
    if len(weights) < (2 if different else 1):
        return {}
    share = [weight / sum(weights) for weight in weights]
    rest = [sum(share[:place] + share[place + 1 :]) for place in range(len(share))]  # exact for a share close to 1
    shares = {}
    for i, j in combinations_with_replacement(range(len(share)), 2):
        if not different:
            shares[i, j] = share[i] * share[j] * (1 if i == j else 2)
        elif i != j:
            shares[i, j] = share[i] * share[j] * (1 / rest[i] + 1 / rest[j])
    return shares


def appearances(weights: Sequence[float], *, different: bool) -> list[float]:
    """The share of pairs in which each version stands, on one side or on both; by the places of `weights`."""
    shares = pair_shares(weights, different=different)
    return [sum(share for pair, share in shares.items() if place in pair) for place in range(len(weights))]


def _draw(entries: Sequence[E], rng: Random) -> Drawn[E]:
    weights = [entry.weight for entry in entries]
    (entry,) = rng.choices(entries, weights)
    return draw_again(entry, entry.weight / sum(weights), rng)
