"""What every worker begins with: the addresses of broker and stream, and the connection to the stream."""

import os
import sys

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from models_runtime.links import refusal, verified


def address(name: str, default: str) -> str:
    """Ends the process with a sentence where the address is not fit to be used."""
    url = os.environ.get(name) or default
    if refused := refusal(name, url):
        sys.exit(refused)
    return verified(url)


def broker() -> str:
    return address("BROKER_URL", "redis://127.0.0.1:6379/0")


def stream() -> Redis:
    return Redis.from_url(
        address("STREAM_URL", "redis://127.0.0.1:6379/1"),
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),  # whoever writes knows what may be said twice, and tries again himself
    )
