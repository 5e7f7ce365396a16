"""Rows of PostgreSQL as arrays, one a column: a million of them without an object of Python for each cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

HEADER, TRAILER = 19, 2  # bytes around the rows of PostgreSQL's binary COPY, where nothing is extended
KINDS = {"integer": ">i4", "bigint": ">i8", "float8": ">f8", "boolean": "?", "uuid": "V16"}


def columns(statement: str, parameters: Sequence[Any], kinds: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """By name, in the order of the statement's columns, of which none may be null: their kinds are those of KINDS."""
    row = np.dtype([("cells", ">i2"), *(cell for name, kind in kinds.items() for cell in cells(name, KINDS[kind]))])
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT BINARY)", parameters) as out:
        data = b"".join(out)
    count, rest = divmod(len(data) - HEADER - TRAILER, row.itemsize)
    rows = np.frombuffer(data, row, count, HEADER)
    if rest or any((rows[f"{name} size"] != row[name].itemsize).any() for name in kinds):
        raise ValueError("A cell is null, or of another kind.")
    return {name: native(rows[name]) for name in kinds}


def cells(name: str, kind: str) -> list[tuple[str, str]]:
    """As they come: each behind its size."""
    return [(f"{name} size", ">i4"), (name, kind)]


def native(column: NDArray[Any]) -> NDArray[Any]:
    """As this machine reckons, and nowhere between others."""
    return np.ascontiguousarray(column, np.int64 if column.dtype.kind == "i" else column.dtype.newbyteorder("="))
