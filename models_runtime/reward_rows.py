"""What a reward model is trained on: the rows of snapshots' files, mixed and cut to size.

A row of the configs `helpfulness` and `safety` is a preference; one of `soft` has the shares of people, or the
annotator model's probability, instead. Margins in a snapshot's files are those of its preset; a run may want another
one, by which each of them is replaced."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from models_runtime.artifacts import Artifacts
from models_runtime.engine import EngineError
from models_runtime.reward_loss import UNLABELLED

SOFT_CONFIG = "soft"
NEAR = 1e-6  # between two margins that are one
Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One pair. `share` is of those who chose as it says; labels are 1.0, 0.0 or UNLABELLED."""

    context: tuple[Message, ...]
    chosen: str
    rejected: str
    margin: float = 0.0
    share: float = 1.0
    chosen_safe: float = UNLABELLED
    rejected_safe: float = UNLABELLED


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one snapshot and axis. `margins` has, for each margin of its files, the one that is wanted instead."""

    manifest: str
    axis: str
    config: str
    margins: tuple[tuple[float, float], ...]

    @classmethod
    def from_message(cls, said: Mapping[str, Any]) -> "Source":
        pairs = tuple((float(old), float(new)) for old, new in said["margins"])
        return cls(str(said["manifest"]), str(said["axis"]), str(said["config"]), pairs)


def rows(store: Artifacts, source: Source, folder: Path) -> list[Row]:
    """Those that are trained on, in the order of the files; these are fetched into `folder`."""
    files = [file for file in store.manifest(source.manifest)["files"] if _is_of(file, source)]
    if not files:
        return []
    format_ = files[0]["format"]  # the same rows stand in each
    found = []
    for number, file in enumerate(one for one in files if one["format"] == format_):
        place = folder / f"{source.manifest[:12]}-{source.axis}-{number}.{format_}"
        store.fetch(file["sha256"], place)
        found += [_row(said, source) for said in _lines(place, format_)]
        place.unlink()
    return found


def mixed(own: Sequence[Row], others: Sequence[Row], share: float, seed: int) -> list[Row]:
    """All of `own`, and so many of the others, drawn evenly, that they are `share` of all; fewer where there are no
    more."""
    wanted = round(len(own) * share / (1 - share)) if share else 0
    return [*own, *Random(seed).sample(list(others), min(wanted, len(others)))]  # noqa: S311


def _is_of(file: Mapping[str, Any], source: Source) -> bool:
    return (file["config"], file["axis"], file["split"]) == (source.config, source.axis, "train")


def _row(said: Mapping[str, Any], source: Source) -> Row:
    if source.config == SOFT_CONFIG:
        return _soft(said)
    *context, chosen = said["chosen"]
    return Row(
        tuple(context),
        chosen["content"],
        said["rejected"][-1]["content"],
        margin=_margin(said.get("margin"), source.margins),
        chosen_safe=_label(said.get("chosen_safe")),
        rejected_safe=_label(said.get("rejected_safe")),
    )


def _soft(said: Mapping[str, Any]) -> Row:
    first = said["first_better"] if said["first_better"] is not None else said["first_share"]
    safe = _label(said["first_safe_share"]), _label(said["second_safe_share"])
    context, texts = tuple(said["prompt"]), (said["first"], said["second"])
    if first < 0.5:
        first, safe, texts = 1 - first, safe[::-1], texts[::-1]
    return Row(context, *texts, share=first, chosen_safe=safe[0], rejected_safe=safe[1])


def _label(said: bool | float | None) -> float:
    return UNLABELLED if said is None else float(said)


def _margin(found: float | None, wanted: Sequence[tuple[float, float]]) -> float:
    """Between two known ones, as a median may be, it lies as far between theirs."""
    if not wanted or found is None:
        return 0.0
    known = sorted(wanted)
    for (low, to_low), (high, to_high) in pairwise(known):
        if low - NEAR <= found <= high + NEAR:
            return to_low + (to_high - to_low) * (found - low) / (high - low)
    return min(known, key=lambda pair: abs(pair[0] - found))[1]


def _lines(place: Path, format_: str) -> Iterator[dict[str, Any]]:
    if format_ == "parquet":
        from pyarrow import parquet

        for batch in parquet.ParquetFile(place).iter_batches():
            yield from batch.to_pylist()
        return
    if format_ == "jsonl.zst":
        import pyarrow

        with pyarrow.input_stream(str(place), compression="zstd") as packed:
            yield from map(json.loads, packed.read().split(b"\n")[:-1])
        return
    with gzip.open(place, "rb") if format_ == "jsonl.gz" else place.open("rb") as opened:
        yield from map(json.loads, opened)


def require_enough(pairs: int, least: int, left_out: int) -> None:
    if pairs < least:
        also = f"; {left_out} more are longer than the model may read" if left_out else ""
        raise EngineError(
            f"There are {pairs} pairs to train on{also}, and {least} is the least that means anything. Collect "
            "more, or make a snapshot that leaves out less.",
            permanent=True,
        )
