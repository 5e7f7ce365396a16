import asyncio
import html
import re
import uuid
from collections.abc import Callable

import pytest
from django.test import AsyncClient
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.dialogues import generation, streams
from labeling.dialogues.models import Completion
from tests.people import answer, ask, join, make_project, result


@pytest.fixture
def live_turn(transactional_db, monkeypatch):
    """A turn that other threads can see, and whose responses no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: Completion.objects.filter(pk=pk).update(sent_at=timezone.now()))
    return ask(join("first", "alice@example.org"), make_project())


def write(completion, *entries: tuple[str, str], attempt: int = 1) -> None:
    for kind, text in entries:
        fields = {"attempt": attempt, "kind": kind, "text": text}
        streams.client().xadd(streams.stream_key(completion.pk), fields)


def read(turn, play: Callable[[], None] = lambda: None, after: str = "") -> list[str]:
    """Every event of the stream up to its end, while `play` happens on another thread."""

    author = turn.dialogue.author

    async def fetch() -> str:
        client = AsyncClient()
        await client.aforce_login(author)
        response = await client.get(f"/streams/turns/{turn.pk}/", {"after": after})
        assert response.status_code == 200
        playing = asyncio.create_task(asyncio.to_thread(play))
        body = "".join([chunk.decode() async for chunk in response.streaming_content])
        await playing
        return body

    body = asyncio.run(asyncio.wait_for(fetch(), 30))
    return [event for event in body.split("\n\n") if event and not event.startswith(":")]


def appended(events: list[str], completion) -> str:
    """The text a page would show for this side."""
    parts = re.findall(rf'hx-target="#text-{completion.pk}" hx-swap="beforeend">(.*?)</hx-partial>', "".join(events))
    return html.unescape("".join(parts))


def test_it_sends_each_sides_text_then_its_end_then_ready(live_turn):
    one, two = live_turn.completions.all()

    def play() -> None:
        write(one, ("reset", ""), ("delta", "a <b>\n"), ("delta", " c\r\n\n"))
        write(two, ("reset", ""), ("delta", "<hx-partial>"))
        answer(live_turn)

    events = read(live_turn, play)
    assert appended(events, one) == "a <b>\n c\r\n\n"
    assert appended(events, two) == "<hx-partial>"
    assert "<b>" not in "".join(events)
    assert any(f"event: done\ndata: {side.pk}" in event for event in events for side in (one, two))
    assert "event: ready" in events[-1]


def test_it_goes_on_after_a_cursor_and_repeats_nothing(live_turn):
    one, two = live_turn.completions.all()
    write(one, ("reset", ""), ("delta", "seen "))
    write(two, ("reset", ""), ("delta", "seen too "))
    ordered = streams.in_order([one, two])
    texts, cursor = streams.so_far(ordered)
    shown = texts[ordered.index(one)]

    def play() -> None:
        write(one, ("delta", "new"))
        answer(live_turn)

    events = read(live_turn, play, after=str(cursor))
    assert shown + appended(events, one) == "seen new"
    assert appended(events, two) == ""


def test_a_new_attempt_empties_its_side_first(live_turn):
    one, _ = live_turn.completions.all()

    def play() -> None:
        write(one, ("reset", ""), ("delta", "lost"))
        write(one, ("reset", ""), ("delta", "found"), attempt=2)
        answer(live_turn)

    events = read(live_turn, play)
    emptied = [event for event in events if 'hx-swap="innerHTML' in event and str(one.pk) in event]
    assert len(emptied) == 2
    assert events.index(emptied[1]) < next(i for i, event in enumerate(events) if "found" in event)


def test_it_ends_with_a_failed_side_as_well(live_turn):
    one, two = live_turn.completions.all()

    def play() -> None:
        generation.fail(one, 1, "no memory", permanent=True)
        generation.store(two, 1, result())

    events = read(live_turn, play)
    assert any(f"event: failed\ndata: {one.pk}" in event for event in events)
    assert "event: ready" in events[-1]
    assert "no memory" not in "".join(events)


def test_text_so_far_is_that_of_the_newest_attempt(turn):
    one, two = turn.completions.all()
    write(one, ("reset", ""), ("delta", "old"))
    write(one, ("reset", ""), ("delta", "new "), attempt=2)
    write(one, ("delta", "zombie"), attempt=1)
    write(one, ("delta", "text"), attempt=2)
    (text, empty), cursor = streams.so_far([one, two])
    assert (text, empty) == ("new text", "")
    assert cursor.positions[1] == streams.START


@pytest.mark.parametrize("rubbish", ["", "x", "1-1", "1-1.2-2.3-3", "1-1.$", "0-0.99999999999999999999999-0"])
def test_a_cursor_that_is_none_starts_at_the_beginning(rubbish):
    assert streams.Cursor.parse(rubbish).positions == ("0-0", "0-0")


def test_it_is_not_there_for_anybody_but_the_author(live_turn):
    alice, bob = live_turn.dialogue.author, join("second", "bob@example.org")

    async def visit(person: Person | None, turn: uuid.UUID, method: str = "get") -> int:
        client = AsyncClient()
        if person:
            await client.aforce_login(person)
        return (await getattr(client, method)(f"/streams/turns/{turn}/")).status_code

    assert asyncio.run(visit(None, live_turn.pk)) == 401
    assert asyncio.run(visit(bob, live_turn.pk)) == 404
    assert asyncio.run(visit(alice, uuid.uuid4())) == 404
    assert asyncio.run(visit(alice, live_turn.pk, "post")) == 405


def test_a_settled_pair_is_ready_at_once(live_turn):
    answer(live_turn)
    assert "event: ready" in read(live_turn)[0]
