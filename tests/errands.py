"""An errand that nobody ends or asks about, for what works without a broker: it keeps what it is told."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any


class Told:
    """As the work sees `models_runtime.errands.Errand`."""

    def __init__(self, run: str) -> None:
        self.ticket = SimpleNamespace(run=run)
        self.stopping = False
        self.aside_seconds = 0.0
        self.how_far: list[tuple[int, int]] = []
        self.points: list[Mapping[str, Any]] = []

    def look(self) -> None:
        pass

    def step_aside(self) -> None:
        pass

    def come(self, done: int, total: int, point: Mapping[str, Any] | None = None) -> None:
        self.how_far.append((done, total))
        if point is not None:
            self.points.append(point)
