"""What somebody wants of a snapshot. Pure: as it is kept with the snapshot, and as manifest and card tell it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from labeling.datasets.licences import UNKNOWN
from labeling.datasets.margins import MARGINS


class Aggregation(StrEnum):
    """How what several people say of a comparison becomes preferences; see aggregation.py."""

    EVERY = "every"  # a preference for each judgement
    MAJORITY = "majority"  # one a comparison, by most of them; an even split is none
    ADJUDICATED = "adjudicated"  # the last word, where somebody has said it; elsewhere the majority
    MODEL = "model"  # by the annotator model's probabilities


class Config(StrEnum):
    """A trainer's format, see configs/."""

    HELPFULNESS = "helpfulness"
    SAFETY = "safety"
    DPO = "dpo"
    OPENRLHF = "openrlhf"
    SOFT = "soft"
    JUDGEMENTS = "judgements"


class Format(StrEnum):
    JSONL = "jsonl"
    JSONL_GZ = "jsonl.gz"
    JSONL_ZST = "jsonl.zst"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Filters:
    """Which judgements are looked at; whatever is empty or None leaves out nothing.

    `rounds` are numbers, `cohorts` keys of those that people were in when they judged, `guidelines` keys of versions,
    `degrees` what people said, before anything is aggregated; `first_day` and `last_day` are dates, in UTC, of when it
    was said; `kinds` are of assignments. `reviewed` leaves out what no reviewer has accepted. `turns` count from 1.
    """

    rounds: tuple[int, ...] = ()
    cohorts: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    degrees: tuple[int, ...] = ()
    guidelines: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    first_day: str | None = None
    last_day: str | None = None
    reviewed: bool = False
    first_turn: int | None = None
    last_turn: int | None = None


@dataclass(frozen=True)
class Wanted:
    """`margins` are by degree; None writes none. `max_chars` and `max_tokens` are limits of a whole dialogue with the
    longer of its responses: characters, or tokens as the models counted them that wrote it. `licence` is one of
    licences.py."""

    axes: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    aggregation: Aggregation = Aggregation.EVERY
    margins: Mapping[int, float] | None = field(default_factory=lambda: MARGINS["small"])
    configs: tuple[Config, ...] = tuple(Config)
    formats: tuple[Format, ...] = (Format.JSONL,)
    max_chars: int | None = None
    max_tokens: int | None = None
    licence: str = UNKNOWN

    @property
    def believes(self) -> bool:
        """Whether the annotator model is asked, which takes longer than all else."""
        return self.aggregation == Aggregation.MODEL or Config.SOFT in self.configs

    @property
    def preset(self) -> str:
        """What the margins are called: none, small, large or custom."""
        if self.margins is None:
            return "none"
        return next((name for name, known in MARGINS.items() if dict(known) == dict(self.margins)), "custom")

    def kept(self) -> dict[str, Any]:
        """As JSON, whose keys are text."""
        margins = self.margins
        by_degree = None if margins is None else {str(degree): margins[degree] for degree in sorted(margins)}
        return {**asdict(self), "margins": by_degree}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Wanted":
        """What `kept` gave, read from JSON."""
        margins = kept["margins"]
        filters: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in kept["filters"].items()
        }
        return cls(
            axes=tuple(kept["axes"]),
            filters=Filters(**filters),
            aggregation=Aggregation(kept["aggregation"]),
            margins=None if margins is None else {int(degree): margin for degree, margin in margins.items()},
            configs=tuple(map(Config, kept["configs"])),
            formats=tuple(map(Format, kept["formats"])),
            max_chars=kept["max_chars"],
            max_tokens=kept["max_tokens"],
            licence=kept.get("licence", UNKNOWN),
        )
