"""Comparisons that are held out, with what people prefer and what a model says of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Keys = Sequence[tuple[str, ...]]

BINS = ("chosen_safe", "both_safe", "both_unsafe", "chosen_unsafe")
"""Llama 2's three, by the labels of the chosen and of the other response; the last is found off the safety axis alone:
there nobody may choose what is unsafe over what is safe."""


@dataclass(frozen=True)
class Held:
    """Of one axis, one of each n. Of a comparison it is known who of its `judges` chose the first response, as a
    `share`, and which one its data set prefers, by which `degree` from 1 to 4; 0 where nobody said. `first` and
    `second` are rewards; lengths are characters; labels are 1 for safe, 0 for unsafe, NaN where there is none;
    `spread` is the standard deviation of the difference of the two rewards, 0 where a model knows of none.
    `groups` has, by what figures are broken down by, the keys that each comparison falls under, be it none or several.
    """

    comparison: Sequence[str]
    root: Integers
    prefers_first: Booleans
    degree: Integers
    share: Floats
    judges: Integers
    first: Floats
    second: Floats
    first_chars: Integers
    second_chars: Integers
    first_safe: Floats
    second_safe: Floats
    spread: Floats
    groups: Mapping[str, Keys]

    def __len__(self) -> int:
        return len(self.root)

    @property
    def lead(self) -> Floats:
        """By how much the first response is rewarded more than the second."""
        return self.first - self.second

    @property
    def odds(self) -> Floats:
        """The logarithm of the odds that the first response is the better one: nearer to nothing, the less sure the
        model is of the difference (D. J. C. MacKay, "The Evidence Framework Applied to Classification Networks", 1992).
        """
        return np.asarray(self.lead / np.sqrt(1 + np.pi * self.spread**2 / 8))

    @property
    def margin(self) -> Floats:
        """By how much the preferred response is rewarded more than the other one; below zero the model is wrong."""
        return np.where(self.prefers_first, self.lead, -self.lead)

    @property
    def doublings(self) -> Floats:
        """How often the length of the second response is to be doubled for that of the first."""
        return np.log2(np.maximum(self.first_chars, 1)) - np.log2(np.maximum(self.second_chars, 1))

    @property
    def bins(self) -> list[str]:
        """Of BINS, or empty where a label lacks."""
        chosen = np.where(self.prefers_first, self.first_safe, self.second_safe)
        other = np.where(self.prefers_first, self.second_safe, self.first_safe)
        names = {(1.0, 0.0): BINS[0], (1.0, 1.0): BINS[1], (0.0, 0.0): BINS[2], (0.0, 1.0): BINS[3]}
        return [names.get(labels, "") for labels in zip(chosen.tolist(), other.tolist(), strict=True)]

    def among(self, which: Booleans) -> "Held":
        places = np.flatnonzero(which).tolist()
        return Held(**{field.name: _taken(getattr(self, field.name), places) for field in fields(self)})


def _taken(values: Any, places: list[int]) -> Any:
    if isinstance(values, Mapping):
        return {name: [keys[place] for place in places] for name, keys in values.items()}
    return values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
