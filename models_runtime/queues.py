"""Which queue a free thread of the worker takes its next request from."""

from typing import ClassVar

from celery.worker import state
from kombu.utils.scheduling import priority_cycle

LIVE = "live"  # an annotator waits for it
STOCK = "stock"  # prepared ahead; it may wait


class LiveFirst(priority_cycle):
    """Live before stock, and stock only while it leaves threads for live requests that have yet to come.

    The transport asks for the order each time it polls, with nothing fetched ahead
    (`worker_disable_prefetch`), so the limit holds to within the one request that a poll already under way
    may bring."""

    stock_limit: ClassVar[int] = 1

    @classmethod
    def share(cls, concurrency: int) -> None:
        """A quarter of the threads is kept for live requests; a single thread serves both."""
        cls.stock_limit = max(1, concurrency - (concurrency + 3) // 4)

    def consume(self, n: int) -> list[str]:
        queues: list[str] = sorted(super().consume(n), key=lambda queue: queue != LIVE)
        if STOCK in queues and self._running_stock() >= self.stock_limit:
            queues.remove(STOCK)
        return queues

    def _running_stock(self) -> int:
        requests = tuple(state.reserved_requests)
        return sum(1 for request in requests if request.delivery_info.get("routing_key") == STOCK)
