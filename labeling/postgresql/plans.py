"""How PostgreSQL plans what is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def by_its_values() -> Iterator[None]:
    """Each statement is planned for what it asks for. One that is asked often is planned for anything instead, which is
    a thousand times slower where some values are of most rows and others of few or none."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield
