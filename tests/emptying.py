"""How the tables are emptied after a test whose rows everybody could see.

Django truncates all of them, which makes new files for every table and index, and then writes anew what its apps
keep there. To delete the few rows of a test takes a tenth of the time, and what the apps keep may stay.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

djangos = DatabaseOperations.sql_flush
KEPT = {"django_content_type", "auth_permission"}  # filled by migrating; no test changes them


def sql_flush(operations: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    """Nobody may write before all is done, or rows could be left without those that they refer to."""
    names = [operations.quote_name(table) for table in tables if table not in KEPT]
    return [
        "SET LOCAL session_replication_role = replica",  # asks no foreign key, and no trigger that keeps rows
        f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE",
        *(f"DELETE FROM {name}" for name in names),  # noqa: S608 (the names of our own tables)
    ]


def truncate(operations: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    """Django's way, past the trigger that lets nobody empty the events."""
    alter = "ALTER TABLE audit_event {} TRIGGER audit_event_is_not_emptied"
    return [alter.format("DISABLE"), *djangos(operations, style, tables, **options), alter.format("ENABLE")]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        connection.ensure_connection()
        is_superuser = connection.connection.info.parameter_status("is_superuser") == "on"
    with pytest.MonkeyPatch.context() as patch:
        if is_superuser:  # only one may switch triggers off
            patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
            patch.setattr(flush, "emit_post_migrate_signal", lambda *_ignored: None)
        else:
            patch.setattr(DatabaseOperations, "sql_flush", truncate)
        yield
