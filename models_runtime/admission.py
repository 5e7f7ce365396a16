"""Who may enter the batch: only what fits together with everything that is in it already.

The batcher takes any request, and dies with all of them when its cache overflows. So a request is let in
when the cache could hold its prompt and everything it may still generate, whatever the others do.
"""

import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

STOCK_PATIENCE = 30.0  # seconds


@dataclass(eq=False, slots=True)
class Entry:
    """One request at the door or in the batch."""

    blocks: int
    live: bool
    prefix: Hashable | None = None  # the same for prompts that can share their cache; None if it is not worth it
    admitted: bool = False
    prefilled: bool = False
    since: float = field(default_factory=time.monotonic)

    def urgent(self) -> bool:
        """Whether it passes stock: live, or stock that has waited long enough."""
        return self.live or time.monotonic() - self.since > STOCK_PATIENCE


class Admission:
    """In order of arrival, live requests before stock. Nobody overtakes a request that waits for room.

    Stock leaves a quarter of the room to live requests that have yet to come, unless it is alone. Stock that has waited
    for `STOCK_PATIENCE` is passed no more, so that it does not starve.

    Of two requests with the same long prompt the second waits until the first has been read, and then finds
    it in the cache: two that start together share nothing.
    """

    def __init__(self, blocks: int, slots: int) -> None:
        self.blocks = blocks
        self.slots = slots
        self._changed = Condition()
        self._entries: list[Entry] = []

    @contextmanager
    def entering(self, entry: Entry) -> Iterator[None]:
        """Holds the place at the door, and then in the batch, until the block is left."""
        with self._changed:
            self._entries.append(entry)
        try:
            yield
        finally:
            with self._changed:
                self._entries.remove(entry)
                self._changed.notify_all()

    def wait(self, entry: Entry, timeout: float) -> bool:
        """True once `entry` is in the batch; False if it is not after `timeout` seconds."""
        with self._changed:
            admitted = self._changed.wait_for(lambda: self._next() is entry, timeout)
            if admitted:
                entry.admitted = True
                self._changed.notify_all()
            return admitted

    def prefilled(self, entry: Entry) -> None:
        """Its prompt is in the cache: those that waited to share it may come."""
        with self._changed:
            entry.prefilled = True
            self._changed.notify_all()

    def _next(self) -> Entry | None:
        inside = [entry for entry in self._entries if entry.admitted]
        if len(inside) >= self.slots:
            return None
        reading = {entry.prefix for entry in inside if not entry.prefilled and entry.prefix is not None}
        waiting = [e for e in self._entries if not e.admitted and e.prefix not in reading]
        first = min(waiting, key=lambda entry: not entry.urgent(), default=None)
        if first is None:
            return None
        room = self.blocks if first.live or not inside else self.blocks - self.blocks // 4
        return first if first.blocks + sum(entry.blocks for entry in inside) <= room else None
