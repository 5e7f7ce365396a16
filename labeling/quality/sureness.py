"""How sure the annotator model is, and how often what it expects comes true, for pages and files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from labeling.projects.models import Axis, Project
from labeling.quality.agreement import FEWEST
from labeling.quality.calibration import Step, by_chance, error
from labeling.quality.models import Sureness
from labeling.quality.shares import Share
from labeling.quality.showing import told


@dataclass(frozen=True)
class Line:
    """Of judgements that it expected about as surely: how sure it was on average, and of how many it was right."""

    said: float
    expected: Share

    @property
    def is_drawn(self) -> bool:
        """Fewer say too little to look at."""
        return self.expected.of >= FEWEST


@dataclass(frozen=True)
class Shown:
    """`apart` is how far the two lie apart on average, and `chance` how far they would if it were just as sure as it is
    right; `url` leads to the judgements behind all of it."""

    lines: list[Line]
    apart: float
    chance: float
    judgements: int
    url: str

    @classmethod
    def of(cls, project: Project, axis: Axis) -> Self | None:
        """None where no two people have judged the same pair."""
        kept = Sureness.objects.filter(project=project, axis=axis).first()
        if not kept or not kept.steps:
            return None
        steps = [Step(*one) for one in kept.steps]
        lines = [Line(one.said, Share(int(one.hits), one.of)) for one in steps]
        judgements, url = sum(one.of for one in steps), told(project, axis, "foreseen")
        return cls(lines, error(steps), by_chance(steps), judgements, url)


def file(lines: Iterable[Line]) -> Iterator[list[Any]]:
    yield ["sure", "judgements", "as_expected", "as_expected_low", "as_expected_high"]
    for line in lines:
        of = line.expected
        yield [line.said, of.of, of.value, of.low, of.high]
