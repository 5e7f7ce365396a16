"""What the encoder made of comparisons, from the artifacts that workers have put it in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from labeling.datasets.artifacts import Damaged, artifacts
from labeling.rewards.models import Encoder, Encoding

NAMES = ("last", "mean")  # the state at the token that ends a response, and the mean over it
Halves = NDArray[np.float16]


class Lost(Exception):
    """An artifact is gone or damaged. What it held counts as not encoded from now on."""


def read(encoder: Encoder, comparisons: Iterable[UUID]) -> tuple[list[UUID], Halves, float]:
    """Those that it has read; their features (n, 2, d) of the first and the second response, all of NAMES side by side;
    and the seconds that reading them took. Raises Lost, and Away as the store does."""
    by_artifact: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
    seconds = 0.0
    wanted = Encoding.objects.usable().filter(encoder=encoder, comparison__in=list(comparisons))
    for pk, artifact, row, took in wanted.values_list("comparison_id", "artifact", "row", "seconds"):
        by_artifact[artifact].append((pk, row or 0))  # of what is usable a row is known
        seconds += took
    order: list[UUID] = []
    parts: list[Halves] = []
    for artifact in sorted(by_artifact):
        pairs = sorted(by_artifact[artifact], key=lambda pair: pair[1])
        order += [pk for pk, _ in pairs]
        parts.append(_rows(artifact, [row for _, row in pairs]))
    return order, np.concatenate(parts) if parts else np.zeros((0, 2, 0), np.float16), seconds


def _rows(artifact: str, rows: Sequence[int]) -> Halves:
    try:
        held = load(b"".join(artifacts().read(artifact)))
        return np.concatenate([held[name][rows] for name in NAMES], axis=2)
    except (Damaged, FileNotFoundError, SafetensorError, KeyError, IndexError) as error:
        Encoding.objects.filter(artifact=artifact).delete()
        raise Lost(artifact) from error
