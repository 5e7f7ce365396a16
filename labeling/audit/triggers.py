"""Puts the triggers on the tables that are watched, after every migration.

They are no migrations of their own, so that to watch a model is one line in kinds.py. What is in place already is left
alone: to make a trigger waits for whoever writes in its table.

Why not a library: django-auditlog learns of nothing that is written in bulk. django-pghistory does, but sends who acts
in front of each statement as a second one, which a statement whose values are bound by the server cannot have; and it
updates its own rows about who acted, and keeps a table for each kind, so that no one question can be asked of all.
"""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.utils import CursorWrapper

from labeling.audit.kinds import WATCHED, Kind

ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}


def watch(using: str = "default", **signal: Any) -> None:
    with connections[using].cursor() as cursor:
        for kind in WATCHED:
            table = apps.get_model(kind.model)._meta.db_table
            cursor.execute("SELECT to_regproc('audit_note') IS NOT NULL AND to_regclass(%s) IS NOT NULL", [table])
            if cursor.fetchone()[0]:  # else it was migrated back to before there was an audit, or that table
                watch_table(cursor, kind, table)


def watch_table(cursor: CursorWrapper, kind: Kind, table: str) -> None:
    """A trigger's comment is its definition."""
    known = "SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgrelid = %s::regclass"
    cursor.execute(known, [table])
    there = dict(cursor.fetchall())
    arguments = ", ".join(f"'{part}'" for part in kind.arguments())
    for operation, rows in ROWS.items():
        name = f"audit_{operation.lower()}"
        defined = f"AFTER {operation} ON {table} {rows} FOR EACH STATEMENT EXECUTE FUNCTION audit_note({arguments})"
        if there.get(name) != defined:
            cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {defined}")
            quoted = defined.replace("'", "''")
            cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS '{quoted}'")
