"""What a worker writes into a stream, and what a page reads from it."""

import asyncio
import html
import re
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.dialogues import streams
from labeling.dialogues.models import Attempted
from tests.processes import PATIENCE


def write(asked: Attempted, *entries: tuple[str, str], attempt: int = 1) -> None:
    for kind, text in entries:
        fields = {"attempt": attempt, "kind": kind, "text": text}
        streams.client().xadd(streams.stream_key(asked.pk), fields)


def lose(*running: Attempted) -> None:
    """As fifteen seconds without a heartbeat do."""
    streams.client().delete(*(streams.heartbeat_key(one.pk, one.attempt) for one in running))
    for one in running:
        type(one).objects.filter(pk=one.pk).update(started_at=timezone.now() - timedelta(seconds=16))


async def signed_in(person: Person | None) -> AsyncClient:
    client = AsyncClient()
    if person:
        await client.aforce_login(person)
        await sync_to_async(lambda: connection.close())()  # of the thread that signed in, where nobody else would
    return client


def read(address: str, person: Person, play: Callable[[], None] = lambda: None) -> list[str]:
    """Every event of the stream up to its end, while `play` happens on another thread."""

    async def fetch() -> str:
        client = await signed_in(person)
        response = await client.get(address)
        assert response.status_code == 200
        playing = asyncio.create_task(asyncio.to_thread(and_close, play))
        body = "".join([chunk.decode() async for chunk in response.streaming_content])
        await playing
        return body

    body = asyncio.run(asyncio.wait_for(fetch(), PATIENCE))
    return [event for event in body.split("\n\n") if event and not event.startswith("event: beat")]


def and_close(play: Callable[[], None]) -> None:
    """Else its thread's connection outlives it until it is collected, and the database cannot be dropped meanwhile."""
    try:
        play()
    finally:
        connection.close()


def appended(events: list[str], asked: Attempted) -> str:
    """The text a page would show for it."""
    parts = re.findall(rf'hx-target="#text-{asked.pk}" hx-swap="beforeend">(.*?)</hx-partial>', "".join(events))
    return html.unescape("".join(parts))


def status(address: str, person: Person | None, method: str = "get") -> int:
    """How the address answers to this person, or to somebody who has not signed in."""

    async def visit() -> int:
        client = await signed_in(person)
        return (await getattr(client, method)(address)).status_code

    return asyncio.run(visit())
