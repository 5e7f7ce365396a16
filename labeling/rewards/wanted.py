"""What somebody wants of a reward model. Pure: as it is kept with the run, and as the worker is told.

The defaults are Llama 2's (arXiv 2307.09288, section 3.2.2 and appendix A.3): one epoch, 1e-5 falling to a tenth of it
as a cosine, warm-up over 3 % of the steps and at least five, 512 pairs a step; margins in the loss; for safety a term
for the labels; of helpfulness rows as many others beside them, of safety rows a tenth.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from labeling.datasets.margins import MARGINS

HELPFULNESS, SAFETY = "helpfulness", "safety"
MIX = {HELPFULNESS: 0.5, SAFETY: 0.1}
"""By axis: which share of what is trained on is of the other axis, or of another snapshot."""
SAFETY_WEIGHT = {HELPFULNESS: 0.0, SAFETY: 1.0}


class Loss(StrEnum):
    """Of one pair with the difference d of its rewards, its margin m, and the share p of those who chose as it says."""

    HARD = "hard"  # −log σ(d − m)
    SCALED = "scaled"  # −(1 + m) log σ(d)
    SOFT = "soft"  # −p log σ(d) − (1 − p) log σ(−d)


class Margin(StrEnum):
    NONE = "none"
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Wanted:
    """`mix` is the share of what is trained on that is of the other axis, or of another snapshot. `batch_pairs` is how
    many go into one step of the optimiser, whatever the device takes at once; fewer where that would make only a few
    steps. `lora_rank` None trains all weights. `max_length` is in tokens: longer dialogues
    are left out, and counted."""

    margin: Margin = Margin.SMALL
    loss: Loss = Loss.HARD
    safety_weight: float = 0.0
    mix: float = 0.0
    epochs: float = 1.0
    learning_rate: float = 1e-5
    batch_pairs: int = 512
    max_length: int = 2048
    lora_rank: int | None = None
    seed: int = 0

    def config(self, axis: str) -> str:
        """Which of a snapshot's configs it reads of an axis."""
        return "soft" if self.loss == Loss.SOFT else axis

    def margins(self, of_snapshot: Mapping[int, float] | None) -> list[tuple[float, float]]:
        """For each margin in a snapshot's files, by degree, the one that is wanted instead; none: all are 0."""
        if self.margin == Margin.NONE or self.loss == Loss.SOFT or of_snapshot is None:
            return []
        return [(of_snapshot[degree], MARGINS[self.margin][degree]) for degree in sorted(of_snapshot)]

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Wanted":
        """What `kept` gave, read from JSON."""
        return cls(**{**kept, "margin": Margin(kept["margin"]), "loss": Loss(kept["loss"])})


def usual(axis: str) -> Wanted:
    """Llama 2's own, for one of its axes."""
    return Wanted(safety_weight=SAFETY_WEIGHT[axis], mix=MIX[axis])
