"""A stream of a test's own: nobody announces itself there but the test, and what it says does not expire."""

from collections.abc import Iterator

import pytest
import redis

from labeling.dialogues import routing, streams

DATABASE = 15  # of the stream's server; a running installation uses another one


@pytest.fixture
def own_stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Empty, and what this process asks from now on. `streams.follow` and other processes know nothing of it."""
    pool = streams.client().connection_pool
    own = redis.ConnectionPool(connection_class=pool.connection_class, **pool.connection_kwargs | {"db": DATABASE})
    client = redis.Redis(connection_pool=own)
    monkeypatch.setattr(streams, "client", lambda: client)
    client.flushdb()
    routing.served.forget()
    yield client
    client.flushdb()
    client.close()
    routing.served.forget()
