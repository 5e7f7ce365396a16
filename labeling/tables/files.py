"""Comma-separated values, for spreadsheets that would take some of them for formulas.

Whoever names a cohort or themselves `=HYPERLINK(…)` would run it on the machine of whoever opens the file (OWASP, "CSV
Injection"). An apostrophe before such a text makes it text.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # by which Excel knows UTF-8


class Echo:
    """What a writer writes is what it gives back."""

    def write(self, line: str) -> str:
        return line


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    yield BOM
    yield from unmarked(rows)


def unmarked(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """For programs that take the mark for a part of the first word, as some do that send mail to a list."""
    writer = csv.writer(Echo())
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
