"""Which two model versions answer a prompt, and how they are sampled. Pure: the randomness is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
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


def _draw(entries: Sequence[E], rng: Random) -> Drawn[E]:
    weights = [entry.weight for entry in entries]
    (entry,) = rng.choices(entries, weights)
    return Drawn(
        entry=entry,
        probability=entry.weight / sum(weights),
        temperature=round(rng.uniform(entry.temperature_low, entry.temperature_high), 3),
        top_p=round(rng.uniform(entry.top_p_low, entry.top_p_high), 3),
        seed=rng.randrange(SEEDS),
    )
