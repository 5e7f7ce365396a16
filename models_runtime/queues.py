"""Which queues a worker consumes, and from which of them a free thread takes its next request.

A worker with SERVES in its environment, model sources separated by commas, consumes two queues for each of them and
no others, so that it is asked for nothing else. One without takes whatever it can load, from the two general queues.
The web side knows the same names (`labeling.dialogues.routing`)."""

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from celery.worker import state
from kombu import Exchange, Queue
from kombu.utils.scheduling import round_robin_cycle

LIVE = "live"  # an annotator waits for it
STOCK = "stock"  # prepared ahead; it may wait
STOCK_TURN = 4  # polls


def sources(serves: str) -> tuple[str, ...]:
    """From the text of SERVES, in its order, each once; none: anything."""
    return tuple(dict.fromkeys(source.strip() for source in serves.split(",") if source.strip()))


def queue_name(kind: str, source: str) -> str:
    """The queue for one source alone. Hashed, for a source may be a path or a URL of any length."""
    return f"{kind}.{hashlib.sha256(source.encode()).hexdigest()[:16]}"


def queues(serves: Sequence[str]) -> list[Queue]:
    names = [queue_name(kind, source) for kind in (LIVE, STOCK) for source in serves] or [LIVE, STOCK]
    return [Queue(name, Exchange(name), routing_key=name) for name in names]


def is_stock(queue: str) -> bool:
    return queue == STOCK or queue.startswith(f"{STOCK}.")


class LiveFirst(round_robin_cycle):
    """Live before stock, and stock only while it leaves threads for live requests that have yet to come.

    Among live queues, and among stock queues, the one that was served last comes last: no model waits for another.
    The transport asks for the order each time it polls, with nothing fetched ahead
    (`worker_disable_prefetch`), so the limit holds to within the one request that a poll already under way
    may bring.

    So that stock does not starve under a load of live requests that never ends, every few polls it comes first while
    none of it is running."""

    stock_limit: ClassVar[int] = 1
    _polls = 0

    @classmethod
    def share(cls, concurrency: int) -> None:
        """A quarter of the threads is kept for live requests; a single thread serves both."""
        cls.stock_limit = max(1, concurrency - (concurrency + 3) // 4)

    def consume(self, n: int) -> list[str]:
        ordered: list[str] = sorted(super().consume(n), key=is_stock)
        running = self._running_stock()
        if running >= self.stock_limit:
            return [queue for queue in ordered if not is_stock(queue)]
        self._polls += 1
        stock_first = not running and self._polls % STOCK_TURN == 0
        return sorted(ordered, key=lambda queue: is_stock(queue) != stock_first)

    def _running_stock(self) -> int:
        requests = tuple(state.reserved_requests)
        return sum(1 for request in requests if is_stock(request.delivery_info.get("routing_key") or ""))
