"""A database that takes no connections: what people and pages that wait are told, and what the log says."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import AsyncClient, Client

from labeling.dialogues import generation, views
from labeling.dialogues.models import Turn
from tests.dialogues.streaming import signed_in, write
from tests.people import ask, join, make_project
from tests.processes import PATIENCE


@pytest.fixture
def live_turn(transactional_db, monkeypatch) -> Turn:
    """A turn that other threads can see, and whose responses no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    return ask(join("first", "alice@example.org"), make_project(pacing="own"))


@pytest.fixture
def away(transactional_db) -> Iterator[Callable[[bool], None]]:
    """Lets no new connection to the test database in, or lets them in again."""
    name = connection.settings_dict["NAME"]

    def turn(off: bool) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not off}')
        if off:
            connection.close()

    yield turn
    turn(False)


def test_a_page_says_that_it_passes_and_the_log_why(client: Client, live_turn, away, caplog):
    client.force_login(live_turn.dialogue.author)
    away(True)
    page = client.get("/")
    assert (page.status_code, page["Retry-After"], page["Cache-Control"]) == (503, "5", "no-store")
    assert "cannot reach its database" in page.content.decode()
    said = [record for record in caplog.records if record.name == "labeling.home.away"]
    assert len(said) == 1 and not any(record.exc_info for record in caplog.records)
    away(False)
    assert client.get("/").status_code == 200


def test_it_says_so_too_where_two_factor_is_looked_for_before_the_page(client: Client, live_turn, away, settings):
    settings.REQUIRE_TWO_FACTOR = "everyone"
    client.force_login(live_turn.dialogue.author)
    away(True)
    assert client.get("/").status_code == 503
    away(False)
    assert client.get("/").url == "/accounts/two-factor/set-up/"


def test_a_stream_is_refused_in_the_same_way(live_turn, away, caplog):
    author = live_turn.dialogue.author

    async def visit() -> int:
        client = await signed_in(author)
        await asyncio.to_thread(away, True)
        return (await client.get(f"/streams/turns/{live_turn.pk}/")).status_code

    connection.close()
    assert asyncio.run(visit()) == 503
    assert not any(record.exc_info for record in caplog.records)


def test_a_stream_that_is_open_ends_without_a_word_so_that_the_page_asks_again(live_turn, away, monkeypatch):
    monkeypatch.setattr(views, "IDLE", 0.1)
    author = live_turn.dialogue.author

    async def body(client: AsyncClient) -> str:
        response = await client.get(f"/streams/turns/{live_turn.pk}/")
        await asyncio.to_thread(away, True)
        return "".join([chunk.decode() async for chunk in response.streaming_content])

    async def visit() -> str:
        return await asyncio.wait_for(body(await signed_in(author)), PATIENCE)

    write(live_turn.completions.first(), ("delta", "Because"))
    connection.close()
    said = asyncio.run(visit())
    assert "Because" in said
    assert "ready" not in said
