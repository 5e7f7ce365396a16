"""A backup into an installation that has nothing in it: all of it, or nothing.

The tables are made by the migrations that the backup had, no others, and filled in the same transaction. Triggers rest
meanwhile, since they would refuse or note what is only brought back; foreign keys are checked, every one of them.
"""

import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, LiteralString, cast

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from labeling.archive import BLOCK, ArchiveError, Reader, sync
from labeling.schema import Raw, copy, listed, tables

BY_MIGRATING = {"django_migrations", "django_content_type", "auth_permission"}  # filled in an empty installation too
DROP_FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc function WHERE pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = function.oid AND deptype = 'e')
"""


@contextmanager
def checked(path: Path) -> Iterator[Reader]:
    """The backup, whole, and of no newer version than this. ArchiveError else."""
    with path.open("rb") as file:
        reader = Reader(file)
        require_known(reader.manifest)
        reader.check()
        yield reader


def restore(reader: Reader, artifacts: Path, *, replace: bool) -> None:
    """ArchiveError says why nothing was restored."""
    added: list[Path] = []
    try:
        with transaction.atomic():
            require_room_for_it(replace=replace)
            drop_everything()
            migrate_to(reader.manifest["migrations"])
            fill(reader)
            for name, member in reader.members("artifacts"):
                added += bring_back(reader, member, artifacts, name)
    except BaseException:
        for artifact in added:
            artifact.unlink(missing_ok=True)
        raise


def database() -> Raw:
    """Django's connection, inside its transaction."""
    connection.ensure_connection()
    return cast(Raw, connection.connection)


def require_known(manifest: dict[str, Any]) -> None:
    known = MigrationLoader(None).disk_migrations
    if unknown := [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]:
        raise ArchiveError(
            f"This backup was made by a newer version of Tandem, whose migrations are not here: {', '.join(unknown)}. "
            "Restore it with that version."
        )


def require_room_for_it(*, replace: bool) -> None:
    """Nobody else may be at work, or they would go on with what is no longer there."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    if cast(tuple[int], database().execute(f"{others} AND backend_type = 'client backend'").fetchone())[0]:
        raise ArchiveError("Somebody is connected to the database. Stop Tandem first, and whatever else uses it.")
    filled = [name for name in tables(database()) if name not in BY_MIGRATING and has_rows(name)]
    if filled and not replace:
        raise ArchiveError(
            f"This installation is not empty: {', '.join(filled[:3])} and so on have rows. "
            "--replace deletes everything in its database first."
        )


def has_rows(table: str) -> bool:
    return database().execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table))).rowcount > 0


def drop_everything() -> None:
    """All that is there is ours; it comes back if the transaction does not succeed."""
    if there := list(tables(database())):
        database().execute(sql.SQL("DROP TABLE {} CASCADE").format(listed(there)))
    for (function,) in database().execute(DROP_FUNCTIONS).fetchall():
        database().execute(cast(Any, f"DROP FUNCTION IF EXISTS {function} CASCADE"))


def migrate_to(applied: list[list[str]]) -> None:
    """The last of each app and, with it, all before. Those must be the very ones that were applied."""
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in applied}
    nodes = executor.loader.graph.node_map
    executor.migrate(
        [key for key in wanted if key in nodes and not wanted & {child.key for child in nodes[key].children}]
    )
    if set(executor.recorder.applied_migrations()) != wanted:
        raise ArchiveError(
            "The tables of this backup cannot be made by this version of Tandem. Restore it with its own."
        )


def fill(reader: Reader) -> None:
    wanted, there = reader.manifest["tables"], tables(database())
    if unlike := [name for name in wanted if set(wanted[name]) != set(there.get(name, ()))]:
        raise ArchiveError(f"The tables of this backup have other columns here: {', '.join(unlike)}.")
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what migrating has written is in order; emptying asks for that
    for name in there:
        run("ALTER TABLE {} DISABLE TRIGGER USER", name)
    run("TRUNCATE {}", *there)
    run("SET CONSTRAINTS ALL DEFERRED")
    for name, columns in wanted.items():
        if (rows := fill_table(reader, name, columns)) != reader.manifest["rows"][name]:
            raise ArchiveError(f"{name} has {rows} rows in this backup, and had another number.")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for name in there:
        run("ALTER TABLE {} ENABLE TRIGGER USER", name)
    for name, last in reader.manifest["sequences"].items():
        database().execute("SELECT setval(quote_ident(%s)::regclass, %s)", [name, last])


def run(statement: LiteralString, *names: str) -> None:
    database().execute(sql.SQL(statement).format(*([listed(list(names))] if names else [])))


def fill_table(reader: Reader, name: str, columns: list[str]) -> int:
    with gzip.open(reader.open(f"tables/{name}")) as rows, database().cursor() as cursor:
        with cursor.copy(copy(name, columns, "FROM STDIN")) as into:
            while block := rows.read(BLOCK):
                into.write(block)
        return cursor.rowcount


def bring_back(reader: Reader, member: str, artifacts: Path, name: str) -> list[Path]:
    """What was added for it: nothing where it is there already, whole under its name or not at all."""
    relative, place = PurePosixPath(name), artifacts / name
    if relative.is_absolute() or ".." in relative.parts:
        raise ArchiveError(f"{name} would not be an artifact of this installation.")
    if place.exists():
        with place.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != reader.manifest["members"][member]["sha256"]:
                raise ArchiveError(f"{place} is there already, and is another one. Move it away.")
        return []
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=".", dir=place.parent, delete=False) as draft:
        shutil.copyfileobj(reader.open(member), draft, BLOCK)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).rename(place)
    sync(place.parent)
    return [place]
