"""Addresses of views. Every pair comes with a dozen of them, and for Django it takes longer to put one together than to
fill one in that it has put together before."""

import uuid
from functools import cache

from django.urls import reverse

PLACE = str(uuid.UUID(int=0))


def of_key(view: str, key: uuid.UUID) -> str:
    """Of a view whose address has nothing but this key in it."""
    return _of_any(view).replace(PLACE, str(key))


@cache
def _of_any(view: str) -> str:
    return reverse(view, args=[PLACE])


@cache
def in_project(view: str, slug: str) -> str:
    """Of a view whose address has nothing but the project in it."""
    return reverse(view, args=[slug])
