"""The tables of this installation as PostgreSQL knows them, whatever made them."""

from typing import Any, LiteralString

from psycopg import Connection, sql

Raw = Connection[tuple[Any, ...]]

# Who is signed in: whoever reads a session's key is that person.
UNKEPT = {"django_session"}

TABLES = """
SELECT class.relname, array_agg(attribute.attname::text ORDER BY attribute.attnum)
FROM pg_class class JOIN pg_attribute attribute ON attribute.attrelid = class.oid
WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind = 'r'
    AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
GROUP BY class.relname ORDER BY class.relname
"""


def tables(connection: Raw) -> dict[str, list[str]]:
    """Each with the columns that are stored as they are given."""
    return {str(name): columns for name, columns in connection.execute(TABLES)}


def sequences(connection: Raw) -> dict[str, int]:
    """The last number that each has given; those that gave none are left out. They belong to no transaction."""
    given = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
    return {str(name): value for name, value in connection.execute(given) if value is not None}


def migrations(connection: Raw) -> list[tuple[str, str]]:
    """Those that were applied, in their order."""
    applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY id")
    return [(str(app), str(name)) for app, name in applied]


def listed(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def copy(table: str, columns: list[str], way: LiteralString) -> sql.Composed:
    """`way` is TO STDOUT or FROM STDIN. As text, which every version of PostgreSQL reads."""
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), listed(columns), sql.SQL(way))
