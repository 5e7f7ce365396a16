"""A value that may be a little old, so that however many ask for it, it is found out seldom."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Fresh(Generic[Value]):
    """What `read` says, read again once it is so many seconds old; whoever asks meanwhile waits for the one reader."""

    def __init__(self, read: Callable[[], Value], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = Lock()
        self._value: Value | None = None
        self._until = 0.0

    def now(self) -> Value:
        """Whatever `read` raises is raised here, and nothing is kept of it."""
        with self._lock:
            if self._value is None or time.monotonic() >= self._until:
                self._value = self._read()
                self._until = time.monotonic() + self._seconds
            return self._value

    def forget(self) -> None:
        self._until = 0.0
