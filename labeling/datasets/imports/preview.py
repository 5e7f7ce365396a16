"""How the first rows of a file would be understood, for whoever says what is in its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labeling.datasets.imports import words
from labeling.datasets.imports.checking import Reader, fit_to_keep
from labeling.datasets.imports.reading import Row
from labeling.datasets.imports.wrong import Refused

SHOWN = 400  # characters of a text


@dataclass(frozen=True)
class Shown:
    number: int
    parts: Sequence[tuple[str, str]] = ()  # what is said, and how it is understood
    problem: str = ""
    cell: str = ""
    detail: str = ""


def columns(rows: Sequence[Row]) -> list[str]:
    """Of the rows that have any, in the order in which they come up."""
    return list(dict.fromkeys(fit_to_keep(name) for row in rows for name in row.values))


def preview(rows: Sequence[Row], reader: Reader) -> list[Shown]:
    return [shown(row, reader) for row in rows]


def shown(row: Row, reader: Reader) -> Shown:
    try:
        if row.refused:
            raise row.refused
        data = reader(row.values).shown()
    except Refused as refused:
        cell, detail = fit_to_keep(refused.cell), fit_to_keep(refused.detail)
        return Shown(row.number, problem=words.wrong(refused.wrong), cell=cell, detail=detail)
    return Shown(row.number, [(name, brief(value)) for name, value in data.items() if value not in ("", None, [])])


def brief(value: Any) -> str:
    said = " ⏎ ".join(map(str, value)) if isinstance(value, list) else str(value)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
