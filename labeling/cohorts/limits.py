"""How often something may be tried, such as a password: counted in Valkey, by all web processes together.

While Valkey is away, each process counts by itself: signing in goes on, and guessing is held to the limits of one
process times their number. What is kept there is JSON, since whoever writes to Valkey must not run code here.
"""

import json
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from allauth.core.internal.ratelimit import get_cache_key, get_rates
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest
from redis import RedisError

logger = logging.getLogger(__name__)

AWAY = 5.0  # seconds for which a server that did not answer is not asked again
APP = "allauth.account"


class AsJson:
    """Django's RedisCache would pickle, and reading a pickle runs what it says."""

    dumps = staticmethod(json.dumps)
    loads = staticmethod(json.loads)


def or_here(name: str) -> Callable[..., Any]:
    """The method of RedisCache, or of this process's own cache while the server is away."""
    shared = getattr(RedisCache, name)

    def method(self: "Shared", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() > Shared.away_until:
            try:
                return shared(self, *args, **kwargs)
            except RedisError as error:
                Shared.away_until = time.monotonic() + AWAY
                logger.warning("Valkey did not answer, so this process counts attempts by itself: %s", error)
        return getattr(caches["process"], name)(*args, **kwargs)

    return method


class Shared(RedisCache):
    """The setting CACHES names this class. The methods are those that django-allauth uses."""

    away_until = 0.0  # of the monotonic clock; known to all threads
    add, get, set, delete = (or_here(name) for name in ("add", "get", "set", "delete"))


def minutes_left(request: HttpRequest, action: str, key: str) -> int:
    """How long this action has to rest for this key and address; at least 1."""
    until = 0.0
    for rate in get_rates(app=APP, action=action):
        tried = cache.get(get_cache_key(request, app=APP, action=action, rate=rate, key=key), [])
        if len(tried) >= rate.amount:
            until = max(until, tried[rate.amount - 1] + rate.duration)
    return max(1, math.ceil((until - time.time()) / 60))
