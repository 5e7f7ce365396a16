"""Attempts are counted in the server of the streams, over all tests: one that counts begins anew."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches

from labeling.dialogues import streams


def forget() -> None:
    for key in streams.client().scan_iter("cache:*"):
        streams.client().delete(key)
    caches["process"].clear()


@pytest.fixture
def no_attempts() -> Iterator[None]:
    forget()
    yield
    forget()
