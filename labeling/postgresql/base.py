"""PostgreSQL as Django has it, but for how a kept connection is checked before a request uses it, how it is told where
a transaction begins and ends, and a short way to statements that are prepared.

The setting ENGINE names this package.
"""

import select
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg import OperationalError, errors
from psycopg.abc import Buffer
from psycopg.adapt import Loader, PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

TRUSTED = 60.0  # seconds since its last request in which nothing on the way forgets a connection

Row = tuple[Any, ...]


class Json(Loader):
    """What statements put together; of columns, which are jsonb, Django makes what their fields say."""

    def load(self, data: Buffer) -> Any:
        return orjson.loads(data)


class DatabaseWrapper(base.DatabaseWrapper):
    """A server that ends a connection says so or hangs up, and either lies there to be read. Django sends a statement
    with each request to find out."""

    health_check_done: bool
    used_at = float("-inf")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("json", Json)
        self.transformer = Transformer.from_context(connection)
        return connection

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

    def ask_prepared(self, statement: bytes, values: Sequence[Any]) -> list[Row] | None:
        """The rows of a statement that psycopg has prepared in this connection; None where it has not."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        transformer, link = self.transformer, self.connection
        sent = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        name = link._prepared._names.get((statement, transformer.types))
        if name is None or link.closed:
            return None
        with self.wrap_database_errors:
            if not link.autocommit and link.pgconn.transaction_status == TransactionStatus.IDLE:
                self._call(link.pgconn.exec_, b"BEGIN")
            result = self._call(link.pgconn.exec_prepared, name, sent, transformer.formats)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def ask(self, statement: bytes, values: Sequence[Any]) -> Callable[[], list[Row]]:
        """The same of any statement, while other threads compute: its answer arrives without the interpreter, and is
        made into rows when it is called for, by whoever does that. The connection is there already."""
        transformer, link = Transformer.from_context(self.connection), self.connection
        sent = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        about = transformer.types, transformer.formats, Format.BINARY
        with link.lock, self.wrap_database_errors:
            result = self._call(link.pgconn.exec_params, statement, sent, *about)
        transformer.set_pgresult(result)
        return partial(transformer.load_rows, 0, result.ntuples, tuple)

    def _commit(self) -> None:
        if self.connection is not None and self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                self._call(self.connection.pgconn.exec_, b"COMMIT")

    def _call(self, call: Callable[..., PGresult], *arguments: Any) -> PGresult:
        """One of libpq's, which sends and waits for the answer without holding up other threads."""
        try:
            result = call(*arguments)
        except MemoryError as error:  # psycopg's word for no answer at all
            raise OperationalError(self.connection.pgconn.get_error_message()) from error
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        if self.connection.pgconn.status == ConnStatus.BAD:
            raise OperationalError(self.connection.pgconn.get_error_message())
        raise errors.error_from_result(result)
