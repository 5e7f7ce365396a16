"""Rows into files: JSON lines, plain or packed, and Parquet. The same rows give the same bytes, whatever the day.

Parquet is made of the very lines that a JSONL file would have, so the two hold the same by construction. A file that is
full is followed by another. What memory is taken does not depend on how many rows there are.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.json as arrow_json
import pyarrow.parquet as parquet

from labeling.datasets.arrow import schema
from labeling.datasets.configs.columns import Columns

FULL = 500_000_000  # bytes of lines after which another file is begun, as hubs and loaders like them
LINES = 1 << 20  # bytes of lines that are handed on at once
ROW_GROUP = 8 << 20  # the same for Parquet, which reads them as one

strict = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Unwritable(Exception):
    """A row holds what no file can: half a character (a lone surrogate), or a number that is none."""


@dataclass(frozen=True)
class File:
    """A finished file; `path` is below the data set's folder."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Hashed(io.RawIOBase):
    """A new file whose bytes are counted and hashed as they are written."""

    def __init__(self, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        self.place, self.size, self.digest = place, 0, hashlib.sha256()
        self.file = place.open("xb", buffering=0)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        self.digest.update(view)
        self.size += len(view)
        left = view
        while left:  # a disk that is nearly full takes part of it before it says so
            left = left[self.file.write(left) :]
        return len(view)

    def close(self) -> None:
        self.file.close()
        super().close()


class Writer(Protocol):
    """One file that is being written."""

    block: int  # bytes of lines it wants at once

    def write(self, lines: list[bytes]) -> None: ...

    def close(self) -> None: ...


class Lines:
    """JSONL. `packed` stands between the lines and the file."""

    block = LINES

    def __init__(self, file: Hashed, packed: gzip.GzipFile | pa.CompressedOutputStream | None = None) -> None:
        self.file, self.packed = file, packed

    def write(self, lines: list[bytes]) -> None:
        (self.packed or self.file).write(b"".join(lines))

    def close(self) -> None:
        if self.packed:
            self.packed.close()
        self.file.close()


class Parquet:
    """One row group for each block of lines."""

    block = ROW_GROUP

    def __init__(self, file: Hashed, columns: Columns) -> None:
        self.file, self.schema = file, schema(columns)
        self.writer = parquet.ParquetWriter(file, self.schema, compression="zstd")

    def write(self, lines: list[bytes]) -> None:
        whole = b"".join(lines)
        table = arrow_json.read_json(
            pa.BufferReader(whole),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(whole)),
            parse_options=arrow_json.ParseOptions(explicit_schema=self.schema, unexpected_field_behavior="error"),
        )
        self.writer.write_table(table)

    def close(self) -> None:
        self.writer.close()
        self.file.close()


def gz(file: Hashed, columns: Columns) -> Lines:
    return Lines(file, gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0))


def zst(file: Hashed, columns: Columns) -> Lines:
    return Lines(file, pa.CompressedOutputStream(file, "zstd"))


def plain(file: Hashed, columns: Columns) -> Lines:
    return Lines(file)


FORMATS: dict[str, Callable[[Hashed, Columns], Writer]] = {
    "jsonl": plain,
    "jsonl.gz": gz,
    "jsonl.zst": zst,
    "parquet": Parquet,
}
"""By the suffix of their files."""


class Shards:
    """Rows of one config, axis and split in one format: as many files as it takes, none where there are no rows, unless
    one is begun for them."""

    def __init__(self, folder: Path, stem: str, format_: str, columns: Columns, full: int = FULL) -> None:
        self.folder, self.stem, self.format, self.columns, self.full = folder, stem, format_, columns, full
        self.writer: Writer | None = None
        self.files: list[Hashed] = []
        self.rows: list[int] = []
        self.waiting: list[bytes] = []
        self.size = self.held = 0

    def add(self, line: bytes) -> None:
        if self.writer is None or self.size >= self.full:
            self.begin()
        self.waiting.append(line)
        self.held += len(line)
        self.size += len(line)
        self.rows[-1] += 1
        if self.writer and self.held >= self.writer.block:
            self.hand_on()

    def begin(self) -> None:
        self.end()
        self.files.append(Hashed(self.folder / f"{self.stem}.{len(self.files)}.{self.format}.draft"))
        self.rows.append(0)
        self.size = 0
        self.writer = FORMATS[self.format](self.files[-1], self.columns)

    def hand_on(self) -> None:
        if self.writer and self.waiting:
            self.writer.write(self.waiting)
        self.waiting, self.held = [], 0

    def end(self) -> None:
        self.hand_on()
        if self.writer:
            self.writer.close()

    def close(self) -> list[File]:
        """Gives each file its name, which says of how many it is one."""
        self.end()
        written = enumerate(zip(self.files, self.rows, strict=True))
        return [self.named(number, file, rows) for number, (file, rows) in written]

    def named(self, number: int, file: Hashed, rows: int) -> File:
        of = f"-{number:05}-of-{len(self.files):05}" if len(self.files) > 1 else ""
        path = f"{self.stem}{of}.{self.format}"
        file.place.rename(self.folder / path)
        return File(path, rows, file.size, file.digest.hexdigest())


def line(row: dict[str, Any]) -> bytes:
    """Raises Unwritable."""
    try:
        written = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if b"null" in written:  # which it makes of what is no number, too
            strict(row)
    except orjson.JSONEncodeError as error:
        refuse_half(row)
        raise Unwritable(str(error)) from error
    except ValueError as error:
        raise Unwritable("A number is infinite, or none at all.") from error
    return written


def refuse_half(row: dict[str, Any]) -> None:
    """Says which half of a character a text in it holds, if one does."""
    try:
        strict(row).encode()
    except UnicodeEncodeError as error:
        half = ord(error.object[error.start])
        raise Unwritable(f"A text holds half a character (U+{half:04X}), which is no text in any file.") from error


def write(rows: Iterable[dict[str, Any]], shards: Iterable[Shards]) -> list[File]:
    """All rows into one format or several."""
    each = list(shards)
    for row in rows:
        written = line(row)
        for one in each:
            one.add(written)
    return [file for one in each for file in one.close()]
