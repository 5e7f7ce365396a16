"""How often a reward model prefers what people prefer, and how often something simpler does. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from labeling.rewards.report.held import Booleans, Floats, Held, Keys
from labeling.rewards.report.resampling import Figure, Resampled

DEGREES = (4, 3, 2, 1)
ALIKE = 1.1  # times as long, up to which two responses are of about the same length


def hits(lead: Floats) -> Floats:
    """1 where it is above zero, 0 below it; who cannot tell is right half of the time."""
    return np.where(lead > 0, 1.0, np.where(lead < 0, 0.0, 0.5))


def by_degree(held: Held, again: Resampled, right: Floats) -> dict[str, Any]:
    """Llama 2's table 8: of all, and of each degree."""
    which = [np.ones(len(held), dtype=np.bool_), *(held.degree == degree for degree in DEGREES)]
    figures = of_each(again, right, which)
    return dict(zip(("overall", *map(str, DEGREES)), (one.kept() for one in figures), strict=True))


def of_each(again: Resampled, right: Floats, which: Iterable[Booleans]) -> list[Figure]:
    of = np.stack([one.astype(np.float64) for one in which], axis=1)
    return again.shares(right[:, None] * of, of)


def by_length(held: Held) -> tuple[str, Floats]:
    """Whichever is right more often of "the longer one" and "the shorter one", and where it is right."""
    longer = hits(np.where(held.prefers_first, held.doublings, -held.doublings))
    return ("longer", longer) if longer.sum() >= len(longer) / 2 else ("shorter", 1 - longer)


def by_place(held: Held) -> tuple[str, Floats]:
    """The same of the first and of the second response: far from a half, the order of the data tells the answer."""
    first = held.prefers_first.astype(np.float64)
    return ("first", first) if first.sum() >= len(first) / 2 else ("second", 1 - first)


def baselines(held: Held, again: Resampled) -> dict[str, Any]:
    (length, by_its_length), (place, by_its_place) = by_length(held), by_place(held)
    return {
        "length": {"prefers": length, **by_degree(held, again, by_its_length)},
        "majority": {"prefers": place, **by_degree(held, again, by_its_place)},
    }


def length_matched(held: Held, again: Resampled) -> dict[str, Any]:
    """Where length tells nothing: the longer response is at most a tenth longer."""
    alike = np.abs(held.doublings) <= np.log2(ALIKE)
    model, length = of_each(again, hits(held.margin), [alike])[0], of_each(again, by_length(held)[1], [alike])[0]
    return {"model": model.kept(), "length": length.kept()}


def by_group(keys: Keys, again: Resampled, right: Floats) -> list[dict[str, Any]]:
    """Of each key, the one with most comparisons first."""
    names = sorted({key for of_one in keys for key in of_one})
    if not names:
        return []
    figures = of_each(again, right, [np.array([name in of_one for of_one in keys]) for name in names])
    found = [{"key": name, **one.kept()} for name, one in zip(names, figures, strict=True)]
    return sorted(found, key=lambda one: -one["n"])


def broken_down(held: Held, again: Resampled) -> Mapping[str, list[dict[str, Any]]]:
    right = hits(held.margin)
    groups = {"bin": [(name,) if name else () for name in held.bins], **held.groups}
    return {name: by_group(keys, again, right) for name, keys in groups.items()}
