"""How far a transaction has come that stores a file, for pages that cannot see into it; and a cancel that is heard in
the middle of a statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone

from labeling.datasets.beating import alive
from labeling.datasets.models import Import, Interrupted

PAUSE = 0.5  # seconds between two looks


class Progress:
    """`rows` of `total` are stored. Another thread tells it, by another connection."""

    def __init__(self, imported: Import) -> None:
        connection.ensure_connection()
        self.database: Any = connection.connection
        self.imported, self.rows, self.total, self.interrupted = imported, 0, 1, False
        # As others see it: here it is stored already while the transaction that stores it is being committed.
        self.mine: dict[str, Any] = {"attempt": imported.attempt, "state": imported.state, "cancel_asked_at": None}

    def come(self, rows: int) -> None:
        """Raises Interrupted where it is to be left."""
        self.rows = rows
        if self.interrupted:
            raise Interrupted

    def tell(self) -> None:
        same = Import.objects.filter(pk=self.imported.pk)
        if same.exclude(**self.mine).exists():
            self.interrupted = True
            self.database.cancel_safe()
        else:
            same.filter(**self.mine).update(beat_at=timezone.now(), done=self.imported.size * self.rows // self.total)


@contextmanager
def telling(imported: Import) -> Iterator[Progress]:
    """Around the transaction. Raises Interrupted for the statement that a cancel has ended."""
    progress = Progress(imported)
    try:
        with alive(progress.tell, PAUSE):
            yield progress
    except OperationalError as error:
        if progress.interrupted:
            raise Interrupted from error
        raise
