"""A fitted head as an artifact: its weights as safetensors, and a card that says how to use them."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from labeling.datasets.artifacts import artifacts
from labeling.datasets.files import MANIFEST
from labeling.rewards.features import NAMES
from labeling.rewards.head import Head
from labeling.rewards.models import Encoder, Run

WEIGHTS, CARD = "head.safetensors", "README.md"
CARD_TEXT = """# {run}, the quick one

A linear reward for {axis} on the states of one fixed chat model, fitted to snapshot {snapshot} of {project}. It is read
off in seconds and says how sure it is; a fine-tuned model of the same snapshot is usually the better one.

The chat model's checkpoint has the hash {encoder}. Of a response x is its last layer's state at the token that ends the
response, and, after it, the mean of its states over the response:

```python
from safetensors.numpy import load_file
from scipy.linalg import solve_triangular
head = load_file("{weights}")
reward = x @ head["weight"] - head["centre"]
unsure = norm(solve_triangular(head["precision"], x1 - x2, lower=True))  # of the difference of two rewards
```

σ(difference / √(1 + π · unsure² / 8)) is how probably the first of two responses is the better one. The prior's
strength is {strength:g}, chosen by the log loss on prompts that the head was not fitted to. Features: {features}.
"""


def keep(run: Run, encoder: Encoder, fitted: Head) -> str:
    """The sha256 of its manifest."""
    about: dict[str, Any] = {"run": str(run.pk), "kind": run.kind, "axis": run.axis, "encoder": encoder.sha256}
    about |= {"snapshot": run.snapshot.artifact, "features": list(NAMES), "strength": fitted.strength}
    files = {WEIGHTS: save(weights(fitted)), CARD: card(run, encoder, fitted).encode()}
    named = [
        {"path": path, "bytes": len(written), "sha256": sha256(written).hexdigest()} for path, written in files.items()
    ]
    manifest = json.dumps({**about, "files": named}, indent=2, ensure_ascii=False).encode() + b"\n"
    store = artifacts()
    with store.draft() as folder:
        for path, written in [*files.items(), (MANIFEST, manifest)]:
            place = Path(folder) / path
            place.write_bytes(written)
            store.add(place, sha256(written).hexdigest())
    return sha256(manifest).hexdigest()


def weights(fitted: Head) -> dict[str, np.ndarray]:
    single = {"weight": fitted.weight, "precision": fitted.precision, "centre": np.array([fitted.centre])}
    return {name: np.ascontiguousarray(numbers, dtype=np.float32) for name, numbers in single.items()}


def card(run: Run, encoder: Encoder, fitted: Head) -> str:
    return CARD_TEXT.format(
        run=run,
        axis=run.axis,
        snapshot=run.snapshot.number,
        project=run.project,
        encoder=encoder.sha256,
        weights=WEIGHTS,
        strength=fitted.strength,
        features=" and ".join(NAMES),
    )
