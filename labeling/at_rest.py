"""An installation that does not run, held while something is done with its database."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection

from labeling.embedded import Database
from labeling.lock import lock
from labeling.stack import addresses, home, sockets


@contextmanager
def at_rest() -> Iterator[None]:
    """Its own database, where it has one, is there meanwhile. AlreadyRunning when the installation runs."""
    with lock(""), ExitStack() as ends:
        if addresses().own_database:
            database = Database(home(), sockets(home()))
            ends.callback(database.stop)
            database.start()
        ends.callback(connection.close)
        yield
