"""Rows of a file that somebody made elsewhere: JSON Lines, CSV or Parquet, the first two also in gzip or zstd.

Nothing is read whole: memory is that of one row, or of BATCH rows of Parquet, whatever the size of the file. What is
wrong with one row is said of that row, and the next one is read; what makes the rest unreadable ends the reading.

CSV is read by Python's own module: PyArrow's guesses types from a block and gives up a block with its first bad line.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.datasets.imports.wrong import Refused, Trouble, Unreadable, Wrong

LONGEST_LINE = 8_000_000  # characters; also of one cell
MOST_ROWS = 2_000_000  # of one import
MOST_COLUMNS = 1_000  # each of which is offered as what any of a dozen things is in
RATIO, FLOOR = 100, 100_000_000  # no text unpacks to so many times its size; asked of what unpacks to more than FLOOR
BATCH = 64  # rows of Parquet in memory at a time, fewer where they may be large
LARGEST_GROUP = 512_000_000  # bytes of the columns of one row group
SAMPLE, SAMPLED = 20, 10_000_000  # rows of a preview, and bytes after which there are no more

csv.field_size_limit(LONGEST_LINE)


@dataclass
class Row:
    """Counted from 1: lines of JSON Lines, the blank ones too, and else rows below the names of the columns."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None


class Unpacked(io.RawIOBase):
    """What comes out of a compressed file; `come` is told how many bytes."""

    def __init__(self, packed: IO[bytes], come: Callable[[int], None]) -> None:
        self.packed, self.come = packed, come

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            part = self.packed.read(len(buffer))
        except EOFError as error:
            raise Unreadable(Trouble.CUT_OFF) from error
        except (gzip.BadGzipFile, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise Unreadable(Trouble.DAMAGED) from error
        self.come(len(part))
        buffer[: len(part)] = part
        return len(part)


@dataclass
class Source:
    """A file, and how far it has been read, in bytes of the file itself."""

    path: Path
    name: str = ""
    file: IO[bytes] | None = None
    groups: tuple[int, int] = (0, 1)  # of a Parquet file: those that were read, of how many
    unpacked: int = 0  # bytes that came out of it

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def done(self) -> int:
        read, of = self.groups
        return read * self.size // of if of > 1 or read else self.file.tell() if self.file else 0

    def rows(self) -> Iterator[Row]:
        """Raises Unreadable for what is wrong with the file; a row that is broken says so itself."""
        self.unpacked = 0
        with self._opened() as file:
            head = file.read(4)
            file.seek(0)
            rows = self._parquet(file) if head == b"PAR1" else self._text(file, head)
            for found, row in enumerate(rows, start=1):
                if found > MOST_ROWS:
                    raise Unreadable(Trouble.ROWS, MOST_ROWS)
                refuse_too_many(row.values)
                yield row

    def sample(self) -> list[Row]:
        """The first rows, fewer where they are large. Raises Unreadable where there are none."""
        found: list[Row] = []
        for row in self.rows():
            found.append(row)
            if len(found) == SAMPLE or self.unpacked > SAMPLED:
                break
        if not found:
            raise Unreadable(Trouble.EMPTY)
        refuse_too_many({name for row in found for name in row.values})
        return found

    def come(self, size: int) -> None:
        """So many bytes more. Raises Unreadable once they are more than text can be."""
        self.unpacked += size
        if self.unpacked > max(FLOOR, self.size * RATIO):
            raise Unreadable(Trouble.BOMB)

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            with self.path.open("rb") as self.file:
                yield self.file
        except FileNotFoundError as error:
            raise Unreadable(Trouble.GONE) from error
        finally:
            self.file = None

    def _text(self, file: IO[bytes], head: bytes) -> Iterator[Row]:
        """Bytes that are no UTF-8 become halves of characters, by which the cells that have them are known."""
        refuse_what_is_no_text(head)
        raw = Unpacked(unpacked(file, head), self.come)
        buffer = io.BufferedReader(raw)
        if not (begins := buffer.peek(64)[:64]):
            raise Unreadable(Trouble.EMPTY)
        refuse_what_is_no_text(begins)
        text = io.TextIOWrapper(buffer, encoding="utf-8-sig", errors="surrogateescape", newline="")
        if is_csv(self.name, begins):
            return csv_rows(text)
        if begins.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
            raise Unreadable(Trouble.LIST)
        return json_rows(text)

    def _parquet(self, file: IO[bytes]) -> Iterator[Row]:
        number = 0
        try:
            parquet = opened(file)
            for place in range(parquet.num_row_groups):
                self.groups = place, parquet.num_row_groups
                rows = rows_at_once(parquet, place)
                for batch in parquet.iter_batches(rows, row_groups=[place], use_threads=False):
                    for values in batch.to_pylist():
                        self.come(weight(values))
                        number += 1
                        yield Row(number, values)
            self.groups = 1, 1
        except UnicodeDecodeError as error:
            raise Unreadable(Trouble.DAMAGED, number + 1) from error
        except OverflowError as error:
            raise Unreadable(Trouble.DAYS) from error
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise Unreadable(Trouble.DAMAGED) from error


def opened(file: IO[bytes]) -> pq.ParquetFile:
    parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
    about, names = parquet.metadata, parquet.schema_arrow.names
    if len(names) != len(set(names)):
        raise Unreadable(Trouble.COLUMNS)
    sizes = [about.row_group(place).total_byte_size for place in range(about.num_row_groups)]
    if max(sizes, default=0) > LARGEST_GROUP:
        raise Unreadable(Trouble.GROUPS)
    return parquet


def rows_at_once(parquet: pq.ParquetFile, group: int) -> int:
    """So few that they fit, were each as large as all of the group: a dictionary has once what many rows share."""
    return max(1, min(BATCH, LARGEST_GROUP // max(1, parquet.metadata.row_group(group).total_byte_size)))


def weight(value: Any) -> int:
    """About the bytes of it, each time it comes: a batch counts once what its rows share."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(weight, value.values()))
    return sum(map(weight, value)) if isinstance(value, list) else 8


def refuse_too_many(columns: Collection[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(Trouble.WIDE, MOST_COLUMNS)


def refuse_what_is_no_text(head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        raise Unreadable(Trouble.SPREADSHEET)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(Trouble.UTF16)
    if len(head) > 4 and head.count(b"\0") * 2 > len(head):
        raise Unreadable(Trouble.BINARY)


def unpacked(file: IO[bytes], head: bytes) -> IO[bytes]:
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb"))
    if head == b"\x28\xb5\x2f\xfd":
        return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))
    return file


def is_csv(name: str, begins: bytes) -> bool:
    """By its name where that says it, else by whether it begins as JSON does."""
    bare = name.lower().removesuffix(".gz").removesuffix(".zst")
    if bare.endswith((".csv", ".tsv")):
        return True
    return not begins.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Each with its end. No line is longer than memory should hold."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise Unreadable(Trouble.LINE, number)
        yield line


def json_rows(text: io.TextIOWrapper) -> Iterator[Row]:
    for number, line in enumerate(lines(text), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            wrong = Wrong.UTF8 if is_undecoded(line) else Wrong.JSON
            yield Row(number, refused=Refused(wrong, detail=shown(line)))
        else:
            known = isinstance(values, dict)
            yield Row(number, values) if known else Row(number, refused=Refused(Wrong.JSON, detail=shown(line)))


def csv_rows(text: io.TextIOWrapper) -> Iterator[Row]:
    """Cells as they are written; those that begin as a JSON list does are read as one, see `cells`."""
    found = lines(text)
    head = next(found, "")
    separator = max(",;\t", key=head.count)
    columns = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    if len(columns) != len(set(columns)) or not any(columns):
        raise Unreadable(Trouble.COLUMNS)
    reader, number = csv.reader(found, delimiter=separator), 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield Row(number, refused=Refused(Wrong.CELLS))
            continue
        if cells is None:
            return
        if not cells:
            number -= 1
        elif len(cells) != len(columns):
            yield Row(number, refused=Refused(Wrong.CELLS, detail=f"{len(cells)} ≠ {len(columns)}"))
        else:
            yield Row(number, dict(zip(columns, cells, strict=True)))


def is_undecoded(text: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in text)


def shown(line: str) -> str:
    return line[:60].encode("utf-8", "replace").decode().replace("\0", "\ufffd").strip()
