"""The first pass: every row of a file read, understood or refused, and kept until somebody says to store them.

Rows are kept in portions, each with how far it has come, so that a page shows it and a cancel is heard; memory stays
that of a row, which may be large. A worker that takes it up again begins anew.
"""

import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Count, Q

from labeling.datasets.imports.reading import Row, Source
from labeling.datasets.imports.wrong import Refused, Wrong
from labeling.datasets.models import Import, ImportRow

PORTION = 500  # rows
KEYS = 10_000
DUPLICATES = (Wrong.TWICE, Wrong.THERE)

AGAIN = """
UPDATE datasets_importrow SET wrong = 'twice', detail = same.first::text
FROM (
    SELECT id, number, min(number) OVER (PARTITION BY key) AS first FROM datasets_importrow
    WHERE imported_id = %s AND wrong = ''
) same
WHERE datasets_importrow.id = same.id AND same.number > same.first
"""
THERE = """
UPDATE datasets_importrow SET wrong = 'there'
WHERE imported_id = %s AND wrong = '' AND key IN (SELECT key FROM imported_before)
"""


class Understood(Protocol):
    """What a row says: a prompt, or a comparison."""

    def key(self) -> bytes: ...

    def data(self) -> dict[str, Any]: ...

    def shown(self) -> dict[str, Any]: ...


Reader = Callable[[dict[str, Any]], Understood]  # raises Refused


def check(imported: Import, source: Source, reader: Reader, there: Iterable[bytes]) -> None:
    """Raises Unreadable for a file that cannot be read to its end, Interrupted where it is to be left.

    `there` are the keys of what its place holds already.
    """
    imported.rows.all().delete()
    rows, read = source.rows(), 0
    while True:
        with transaction.atomic():
            taken = copy_in(ImportRow, COLUMNS, (kept(imported, row, reader) for row in islice(rows, PORTION)))
            read += taken
            imported.beat(done=source.done(), read=read)
        if not taken:
            break
    with transaction.atomic():
        mark_duplicates(imported, there)
        imported.checked(done=source.size, **counts(imported))


COLUMNS = ("imported_id", "number", "key", "data", "wrong", "cell", "detail")


def kept(imported: Import, row: Row, reader: Reader) -> tuple[Any, ...]:
    """By COLUMNS."""
    try:
        if row.refused:
            raise row.refused
        understood = reader(row.values)
    except Refused as refused:
        detail, cell = fit_to_keep(refused.detail), fit_to_keep(refused.cell)
        return imported.pk, row.number, None, None, str(refused.wrong), cell, detail
    data = json.dumps(understood.data(), ensure_ascii=False)
    return imported.pk, row.number, understood.key(), data, "", "", ""


def fit_to_keep(text: str) -> str:
    """Of a row that may be refused for what no database keeps."""
    return text[:200].encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def copy_in(model: Any, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """How many there were."""
    table, copied = model if isinstance(model, str) else model._meta.db_table, 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            copied += 1
    return copied


def mark_duplicates(imported: Import, there: Iterable[bytes]) -> None:
    """Of rows that say the same the first one stays, unless its place holds it already."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE imported_before (key bytea)")
        keys = iter(there)  # read in portions: while rows are copied in, their connection can be asked for nothing
        while portion := list(islice(keys, KEYS)):
            copy_in("imported_before", ["key"], ((key,) for key in portion))
        cursor.execute(THERE, [imported.pk])
        cursor.execute("DROP TABLE imported_before")
        cursor.execute(AGAIN, [imported.pk])


def counts(imported: Import) -> dict[str, int]:
    duplicate = Q(wrong__in=DUPLICATES)
    return imported.rows.aggregate(
        fitting=Count("pk", filter=Q(wrong="")),
        duplicates=Count("pk", filter=duplicate),
        wrong=Count("pk", filter=~Q(wrong="") & ~duplicate),
    )
