"""A worker's part in encoding, played in a test: features that tell how good a response is, kept in the store."""

import hashlib
from collections.abc import Callable, Iterable

import numpy as np
from safetensors.numpy import save

from labeling.comparisons.models import Comparison
from labeling.datasets.artifacts import artifacts
from labeling.rewards import encoding

ENCODER = "e" * 64


def goodness(text: str) -> float:
    return 1.0 if text.startswith("good") else -1.0


def states(text: str) -> np.ndarray:
    """(2,) the first of them says how good it is, the other one is noise that follows from the text."""
    noise = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])).normal()
    return np.array([goodness(text), noise])


def kept(features: dict[str, np.ndarray]) -> str:
    """The sha256 of the artifact."""
    written = save({name: numbers.astype(np.float16) for name, numbers in features.items()})
    sha256, store = hashlib.sha256(written).hexdigest(), artifacts()
    with store.draft() as folder:
        (folder / "states").write_bytes(written)
        store.add(folder / "states", sha256)
    return sha256


def read(
    comparisons: Iterable[Comparison], encoder: str = ENCODER, make: Callable[[str], np.ndarray] = states
) -> list[Comparison]:
    """All of them at once, into one artifact."""
    pairs = sorted(comparisons, key=lambda comparison: str(comparison.pk))
    both = np.array([[make(pair.first.text), make(pair.second.text)] for pair in pairs])
    artifact = kept({"last": both, "mean": both[:, :, ::-1]})
    encoding.store(encoder, artifact, [str(pair.pk) for pair in pairs], {}, 0.5 * len(pairs))
    return pairs
