"""How much of a batch a device takes at once, and what is given up where that is too much.

What is trained on does not depend on it: what a device takes at once is added up until it is a step of the optimiser.
"""

from dataclasses import dataclass
from typing import Any

import torch

from models_runtime.memory import OutOfMemory, free_memory

FLOATS_A_TOKEN = 40  # numbers of the model's width that one layer keeps of one token for the way back
ROOM = 0.8  # of what is free; the rest is for what nobody counts


@dataclass(frozen=True, slots=True)
class Fit:
    """`checkpointing`: layers are computed again on the way back, which takes a third longer and little memory."""

    pairs: int
    checkpointing: bool


FITS = {
    "cpu": (Fit(4, False), Fit(4, True), Fit(1, True)),
    "cuda": (Fit(16, False), Fit(16, True), Fit(4, True), Fit(1, True)),
}


def fits(model: Any, longest: int, trained: int, device: torch.device) -> list[Fit]:
    """Those that may do, the fastest first. `longest` is in tokens, of a pair; `trained` counts weights.

    A CPU's system promises more memory than it has: what cannot do is not tried there. CUDA tells when it has no more.
    """
    free = free_memory(device)
    found = [fit for fit in FITS[device.type] if free is None or needed(model, fit, longest, trained) < free * ROOM]
    if not found and device.type == "cuda":
        found = [FITS["cuda"][-1]]
    return found


def needed(model: Any, fit: Fit, longest: int, trained: int) -> float:
    """Bytes beside the weights themselves: gradients and both moments of Adam, and what the way back needs."""
    text = model.config.get_text_config()
    layers = 1 + text.num_hidden_layers / FLOATS_A_TOKEN if fit.checkpointing else text.num_hidden_layers
    return 12 * trained + 4 * FLOATS_A_TOKEN * fit.pairs * longest * text.hidden_size * layers


def too_large(longest: int) -> OutOfMemory:
    return OutOfMemory(
        f"This worker has too little memory to train this model on pairs of up to {longest} tokens, even one at a "
        "time. Train LoRA adapters instead of all weights, leave out longer pairs, take a smaller base, or start a "
        "worker on a machine with more memory."
    )
