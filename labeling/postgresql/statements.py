"""Statements that are asked with every judgement.

A cursor of Django's has one of psycopg's put together for each statement, which sends it and waits for the answer by
the steps of a generator: 90 µs of the processor. What psycopg has prepared in a connection can be asked by one call of
libpq: 20 µs.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections

from labeling.postgresql.base import DatabaseWrapper, Row

NAMED = re.compile(r"%\((\w+)\)s")


class Statement:
    """One that answers with rows. It names its values as `%(person)s`, and is on one line, for the server reads it."""

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        self.names = list(dict.fromkeys(NAMED.findall(self.text)))
        numbered = NAMED.sub(lambda found: f"${self.names.index(found[1]) + 1}", self.text)
        self.numbered = numbered.replace("%%", "%").encode()  # as psycopg has it

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        database = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
        if not database.queries_logged:
            rows = database.ask_prepared(self.numbered, [values[name] for name in self.names])
            if rows is not None:
                return rows
        with database.cursor() as cursor:
            cursor.execute(self.text, values)
            return cast(list[Row], cursor.fetchall())
