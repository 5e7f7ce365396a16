"""What a data set holds: each config is a function from what was judged to one row, and the columns of these. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from labeling.datasets.configs.columns import Columns
from labeling.datasets.configs.judgements import COLUMNS, judgement
from labeling.datasets.configs.soft import COLUMNS as SOFT
from labeling.datasets.configs.soft import soft
from labeling.datasets.configs.trainers import EXPLICIT, IMPLICIT, SAFETY, dpo, helpfulness, openrlhf, safety

BOTH = ("helpfulness", "safety")


class Of(Enum):
    """What one row is made of."""

    PAIR = "one preference"
    ROWS = "all that was said of one comparison and counts"
    TOLD = "one judgement with everything about it"


@dataclass(frozen=True)
class Shape:
    """What a config's rows look like. `row` gives None for what is none of them. A `margin` stands in every row, or in
    none."""

    name: str
    of: Of
    axes: tuple[str, ...]
    own_columns: Columns
    row: Callable[[Any], dict[str, Any] | None]
    takes_margin: bool = False

    def columns(self, margin: bool) -> Columns:
        return {**self.own_columns, "margin": "float64"} if margin and self.takes_margin else self.own_columns

    def stem(self, axis: str, split: str) -> str:
        """Where its files of one axis and split begin. An axis has files of its own, for a trainer that takes a file
        for all there is."""
        return f"{self.name}/{split}" if len(self.axes) == 1 else f"{self.name}/{axis}/{split}"


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("helpfulness", Of.PAIR, BOTH[:1], IMPLICIT, helpfulness, takes_margin=True),
        Shape("safety", Of.PAIR, BOTH[1:], SAFETY, safety, takes_margin=True),
        Shape("dpo", Of.PAIR, BOTH, EXPLICIT, dpo),
        Shape("openrlhf", Of.PAIR, BOTH, EXPLICIT, openrlhf, takes_margin=True),
        Shape("soft", Of.ROWS, BOTH, SOFT, soft),
        Shape("judgements", Of.TOLD, BOTH, COLUMNS, judgement),
    )
}
