"""An installation into one file, while it runs.

The database is read in one transaction that sees everything as it was at one moment; artifacts are listed after that
moment, and are written before a row speaks of them, so that each artifact a row speaks of is there. Neither waits for
the other, and nobody who works waits for either.

Tables are copied as text, and their shape is left to the migrations: what one PostgreSQL gave, any other takes, of an
older or a newer version, with the rights of an owner. What `pg_dump` writes, an older server may refuse.

Left out: sessions, and the secret key (see docs/upgrading.md), so that the file lets nobody in by itself; models, which
are known by their hash; and Valkey, whose loss costs nothing that is not asked for again.
"""

import gzip
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from django.db import connection
from psycopg import IsolationLevel, sql

from labeling.archive import ArchiveError, Writer, new
from labeling.schema import UNKEPT, Raw, copy, listed, migrations, sequences, tables


def backup(path: Path, artifacts: str) -> dict[str, Any]:
    """What is in it; the file is there when this returns, and else nothing is."""
    if "://" in artifacts:
        raise ArchiveError("ARTIFACT_URL is no folder, so a backup of it is made where it is.")
    with new(path) as writer, own_connection() as database:
        there = tables(database)
        database.rollback()
        if "django_migrations" not in there:
            raise ArchiveError("There is nothing to back up: this database has no tables of Tandem.")
        database.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(listed(list(there))))  # no table changes
        about: dict[str, Any] = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "migrations": migrations(database),  # the first that is read: everything is as it is now
            "tables": {name: columns for name, columns in there.items() if name not in UNKEPT},
        }
        about["rows"] = {
            name: write_table(writer, database, name, columns) for name, columns in about["tables"].items()
        }
        about["sequences"] = sequences(database)
        about["artifacts"] = sum(write_artifact(writer, name, file) for name, file in files(Path(artifacts)))
        writer.finish(about)
    return about


def own_connection() -> Raw:
    """Apart from Django's, which may be in a transaction already."""
    raw = cast(Raw, connection.get_new_connection(connection.get_connection_params()))
    raw.isolation_level, raw.read_only, raw.autocommit = IsolationLevel.REPEATABLE_READ, True, False
    return raw


def write_table(writer: Writer, database: Raw, name: str, columns: list[str]) -> int:
    """How many rows it has. Beside the backup it takes the room of one compressed table."""
    with tempfile.TemporaryFile(dir=writer.folder) as file, database.cursor() as cursor:
        packed = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0)
        with packed, cursor.copy(copy(name, columns, "TO STDOUT")) as rows:
            for block in rows:
                packed.write(block)
        file.seek(0)
        writer.add(f"tables/{name}", file)
        return cursor.rowcount


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """What is complete: a name that begins with a dot is one that is being written."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path


def write_artifact(writer: Writer, name: str, path: Path) -> bool:
    """False when it was deleted since it was listed: no row will speak of it where this is restored for long."""
    try:
        file: IO[bytes] = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        writer.add(f"artifacts/{name}", file)
    return True
