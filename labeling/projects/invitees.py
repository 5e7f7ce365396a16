"""Whom a file names: the rows of a CSV as a spreadsheet saves it. Pure."""

import csv
from collections.abc import Sequence

DELIMITERS = ",;\t"
ADDRESS = ("email", "mail", "emailaddress", "address")
NAME = ("name", "fullname", "displayname")


def from_csv(text: str) -> str:
    """A line for each row, as somebody would paste it: its name, and its address in angle brackets.

    The columns are those that the first row names; without such a row, the address is in the first cell with an @,
    and the name in the first one without.
    """
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    titles = ["".join(char for char in cell.lower() if char.isalpha()) for cell in rows[0]] if rows else []
    address, name = column(titles, ADDRESS), column(titles, NAME)
    if address is None:
        return "\n".join(_written(*_guessed(row)) for row in rows)
    return "\n".join(["", *(_written(_cell(row, name), _cell(row, address)) for row in rows[1:])])


def column(titles: Sequence[str], names: Sequence[str]) -> int | None:
    return next((titles.index(one) for one in names if one in titles), None)


def _guessed(row: Sequence[str]) -> tuple[str, str]:
    address = next((cell for cell in row if "@" in cell), "")
    return next((cell for cell in row if cell.strip() and "@" not in cell), ""), address


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _written(name: str, address: str) -> str:
    name, address = name.replace('"', "'").replace("\\", "/").strip(), address.strip()
    return f'"{name}" <{address}>' if name else address
