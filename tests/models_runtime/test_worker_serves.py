"""A worker that says what it serves: asked for that, in turn, and for nothing else."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from runtime_harness import Valkey, Web, message, running_worker

from models_runtime.queues import LIVE, STOCK, LiveFirst, is_stock, queue_name, queues, sources


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """With a worker that serves two sources, and no other worker."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    with running_worker(server, tmp_path_factory.mktemp("worker") / "log", SERVES="scripted:echo, scripted"):
        yield server
    server.stop()


@pytest.fixture
def own_web(own_valkey: Valkey) -> Web:
    return Web(own_valkey)


@pytest.fixture
def order() -> Iterator[LiveFirst]:
    before = LiveFirst.stock_limit
    LiveFirst.stock_limit = 3
    yield LiveFirst()
    LiveFirst.stock_limit = before


def test_it_takes_what_waits_in_the_queues_of_its_sources(own_web: Web):
    for kind in (LIVE, STOCK):
        for source in ("scripted:echo", "scripted"):
            body = message(source)
            own_web.send(body, queue_name(kind, source))
            assert own_web.receipt(body["completion"], "finished")["text"]


def test_it_leaves_the_general_queues_to_others(own_web: Web, own_valkey: Valkey):
    others, ours = message(), message()
    own_web.send(others, LIVE)
    own_web.send(ours, queue_name(LIVE, "scripted"))
    own_web.receipt(ours["completion"], "finished")
    assert own_web.receipts(others["completion"]) == []
    with closing(own_valkey.client(db=0)) as broker:
        assert broker.llen(LIVE) == 1


def test_it_announces_what_it_serves(own_valkey: Valkey):
    with closing(own_valkey.client()) as stream:
        (name,) = stream.smembers("runtime:workers")
        assert json.loads(stream.get(f"runtime:worker:{name}"))["serves"] == ["scripted:echo", "scripted"]


@pytest.mark.parametrize(
    ("text", "named"),
    [("", ()), (" , ", ()), ("a", ("a",)), ("a, b,a", ("a", "b")), ("http://h/v1#m", ("http://h/v1#m",))],
)
def test_sources_are_separated_by_commas(text: str, named: tuple[str, ...]):
    assert sources(text) == named


def test_every_live_queue_comes_before_every_stock_queue(order: LiveFirst):
    order.update([queue.name for queue in queues(["a", "b"])][::-1])
    asked = order.consume(4)
    assert [is_stock(queue) for queue in asked] == [False, False, True, True]


def test_the_queue_that_was_served_last_comes_last_among_its_kind(order: LiveFirst):
    order.update([queue.name for queue in queues(["a", "b"])])
    first, second, *_ = order.consume(4)
    order.rotate(first)
    assert order.consume(4)[:2] == [second, first]


def test_no_stock_queue_is_asked_while_stock_holds_its_share(order: LiveFirst, monkeypatch):
    order.update([queue.name for queue in queues(["a", "b"])])
    monkeypatch.setattr(order, "_running_stock", lambda: 3)
    assert order.consume(4) == [queue_name(LIVE, "a"), queue_name(LIVE, "b")]


def test_stock_comes_first_now_and_then_while_none_of_it_is_running(order: LiveFirst, monkeypatch):
    order.update([LIVE, STOCK])
    firsts = [order.consume(2)[0] for _ in range(8)]
    assert firsts == [LIVE, LIVE, LIVE, STOCK] * 2
    monkeypatch.setattr(order, "_running_stock", lambda: 1)
    assert {order.consume(2)[0] for _ in range(8)} == {LIVE}
