"""Which root prompts a round holds out for testing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

SHARE, MOST = 10, 1000  # a tenth of a round's comparisons, and Llama 2's thousand of a batch (arXiv 2307.09288, 3.2.2)


@dataclass(frozen=True)
class Begun:
    """A root, and how many comparisons of the round, judged on the axis, began with it."""

    root: int
    key: bytes
    comparisons: int
    held_out: bool = False  # by an earlier round, or by another axis
    open: bool = True  # it has no side yet, and nobody has trained on it


def held_out(roots: Iterable[Begun]) -> set[int]:
    """Those that are held out from now on, in the order of their keys, until together with those that are held out
    already they have as many comparisons as there are to be. One that would make it more than twice as many is passed
    over, so that a prompt with which half of a round began stays in training."""
    ordered = sorted(roots, key=lambda one: one.key)
    wanted = min(MOST, sum(one.comparisons for one in ordered) // SHARE)
    held = sum(one.comparisons for one in ordered if one.held_out)
    chosen: set[int] = set()
    for one in ordered:
        if held >= wanted:
            break
        if one.open and held + one.comparisons <= 2 * wanted:
            chosen.add(one.root)
            held += one.comparisons
    return chosen
