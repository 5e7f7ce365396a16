"""PostgreSQL as Django has it, but for how a kept connection is checked before a request uses it.

The setting ENGINE names this package.
"""

import select
import time

from django.db.backends.postgresql import base

TRUSTED = 60.0  # seconds since its last request in which nothing on the way forgets a connection


class DatabaseWrapper(base.DatabaseWrapper):
    """A server that ends a connection says so or hangs up, and either lies there to be read. Django sends a statement
    with each request to find out."""

    health_check_done: bool
    used_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and not self.health_check_done:
            lately = time.monotonic() - self.used_at < TRUSTED
            self.used_at = time.monotonic()
            self.health_check_done = lately and not self._has_unread()
        super().close_if_health_check_failed()

    def _has_unread(self) -> bool:
        if self.connection.closed:
            return True
        unread = select.poll()
        unread.register(self.connection.fileno(), select.POLLIN)
        return bool(unread.poll(0))
