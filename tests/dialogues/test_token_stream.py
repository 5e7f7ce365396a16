import asyncio
import threading
import uuid
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.db.backends.signals import connection_created
from django.utils import timezone

from labeling.dialogues import generation, redraws, streams, views
from labeling.dialogues.models import Completion
from labeling.dialogues.pacing import pace
from tests.dialogues import streaming
from tests.dialogues.streaming import appended, signed_in, status, write
from tests.people import answer, ask, join, make_project, result


@pytest.fixture
def live_turn(transactional_db, monkeypatch):
    """A turn that other threads can see, and whose responses no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: Completion.objects.filter(pk=pk).update(sent_at=timezone.now()))
    return ask(join("first", "alice@example.org"), make_project(pacing="own"))


def read(turn, play: Callable[[], None] = lambda: None, after: str = "", of: str = "") -> list[str]:
    query = urlencode({"after": after, "of": of})
    return streaming.read(f"/streams/turns/{turn.pk}/?{query}", turn.dialogue.author, play)


def test_it_sends_each_sides_text_then_its_end_then_ready(live_turn):
    one, two = live_turn.completions.all()

    def play() -> None:
        write(one, ("reset", ""), ("delta", "a <b>\n"), ("delta", " c\r\n\n"))
        write(two, ("reset", ""), ("delta", "<hx-partial>"))
        answer(live_turn, "a <b>\n c\r\n\n", "<hx-partial>")

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
    texts, cursor = pace("own", streams.so_far(ordered), [None, None])
    shown = texts[ordered.index(one)]

    def play() -> None:
        write(one, ("delta", "new"))
        answer(live_turn, "seen new", "seen too ")

    events = read(live_turn, play, after=str(cursor))
    assert shown + appended(events, one) == "seen new"
    assert appended(events, two) == ""


def test_a_new_attempt_empties_its_side_first(live_turn):
    one, _ = live_turn.completions.all()

    write(one, ("reset", ""), ("delta", "lost"))

    def play() -> None:
        write(one, ("reset", ""), ("delta", "found"), attempt=2)
        Completion.objects.filter(pk=one.pk).update(attempt=2)
        answer(live_turn, "found", "")

    events = read(live_turn, play, after=str(pace("own", streams.so_far(streams.in_order([one, _])), [None, None])[1]))
    emptied = [event for event in events if 'hx-swap="innerHTML' in event and str(one.pk) in event]
    assert len(emptied) == 1
    assert events.index(emptied[0]) < next(i for i, event in enumerate(events) if "found" in event)


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
    texts, cursor = pace("own", streams.so_far([one, two]), [None, None])
    assert texts == ["new text", ""]
    assert str(cursor) == "2:8.0:0"


def test_a_page_shows_no_more_of_a_side_than_the_slower_one_has(client, turn, alice):
    one, two = turn.completions.all()
    write(one, ("reset", ""), ("delta", "quick and complete already"))
    write(two, ("reset", ""), ("delta", "slow but steady until now"))
    generation.store(one, 1, result("quick and complete already"))
    client.force_login(alice)
    page = client.get(f"/projects/{turn.dialogue.project.slug}/work/").content.decode()
    assert ">quick and comple</div>" in page and ">slow but steady </div>" in page
    assert page.count('data-state="running"') == 2


def test_it_is_not_there_for_anybody_but_the_author(live_turn):
    alice, bob = live_turn.dialogue.author, join("second", "bob@example.org")

    address = f"/streams/turns/{live_turn.pk}/"
    assert status(address, None) == 401
    assert status(address, bob) == 404
    assert status(f"/streams/turns/{uuid.uuid4()}/", alice) == 404
    assert status(address, alice, "post") == 405


def test_a_settled_pair_is_ready_at_once(live_turn):
    answer(live_turn)
    assert "event: ready" in read(live_turn)[0]


def withdrawn(events: list[str]) -> list[str]:
    return [event.split("data: ")[1] for event in events if "event: withdrawn" in event]


def test_a_response_that_a_gate_stops_is_withdrawn_and_the_pair_is_to_be_fetched_anew(live_turn):
    one = live_turn.completions.first()
    write(one, ("reset", ""), ("delta", "..."))

    def play() -> None:
        generation.store(one, 1, result("..."))

    events = read(live_turn, play)
    assert withdrawn(events) == [str(one.pk)]
    assert "event: ready" in events[-1]
    assert not any("event: done" in event for event in events)


def test_of_two_equal_ones_the_one_that_the_coin_spares_stays(live_turn, monkeypatch):
    one, two = live_turn.completions.order_by("draw")
    monkeypatch.setattr(redraws._random, "choice", lambda done: next(c for c in done if c.pk == one.pk))
    generation.store(one, 1, result("Same."))
    events = read(live_turn, lambda: generation.store(two, 1, result("Same.")))
    assert withdrawn(events) == [str(one.pk)]


def test_a_page_that_missed_it_is_told_when_it_connects_again(live_turn):
    shown = ".".join(str(completion.pk) for completion in streams.in_order(live_turn.completions.all()))
    one = live_turn.completions.first()
    generation.store(one, 1, result("..."))
    events = read(live_turn, after="1:20.1:20", of=shown)
    assert withdrawn(events) == [str(one.pk)]
    assert "event: ready" in events[-1]


def test_the_new_one_is_streamed_to_the_page_that_was_fetched_anew(live_turn, client):
    one, two = live_turn.completions.all()
    generation.store(one, 1, result("..."))
    new = live_turn.completions.current().get(draw=one.draw)
    client.force_login(live_turn.dialogue.author)
    step = client.get(f"/turns/{live_turn.pk}/pair/").context["step"]
    assert {side.key for side in step.sides} == {str(new.pk), str(two.pk)}
    query = parse_qs(urlsplit(step.stream_url).query)

    def play() -> None:
        write(new, ("reset", ""), ("delta", "Better."))
        answer(live_turn, *(("Better.", "Two.") if new.draw == 0 else ("Two.", "Better.")))

    events = read(live_turn, play, after=query["after"][0], of=query["of"][0])
    assert appended(events, new) == "Better."
    assert withdrawn(events) == []


@pytest.mark.parametrize("rubbish", ["x", "1.2", "a" * 9000, "\ndata: owned"])
def test_a_page_that_says_nonsense_about_itself_is_told_about_the_pair_as_it_is(live_turn, rubbish):
    answer(live_turn)
    assert read(live_turn, of=rubbish) == ["event: ready\ndata: ready"]


def test_nobody_follows_other_peoples_responses_by_naming_them(live_turn):
    other = ask(join("first", "carol@example.org"), live_turn.dialogue.project)
    theirs = other.completions.first()
    write(theirs, ("reset", ""), ("delta", "secret"))
    mine = live_turn.completions.first()
    events = read(live_turn, of=f"{theirs.pk}.{mine.pk}")
    assert "secret" not in "".join(events)
    assert "event: ready" in events[-1]


def test_silence_does_not_end_it(live_turn):
    keys = [completion.pk for completion in live_turn.completions.all()]

    async def silence() -> list:
        batches = streams.follow(keys, views.IDLE)
        try:
            return await anext(batches)
        finally:
            await batches.aclose()

    assert asyncio.run(silence()) == []


def test_only_looks_ask_the_database_also_for_a_page_that_is_refused(live_turn):
    """A thread of a request's own would take a connection beside them, and keep it until it is collected."""
    clients = [
        asyncio.run(signed_in(person)) for person in (join("second", "bob@example.org"), live_turn.dialogue.author)
    ]
    answer(live_turn)
    threads = []

    def note(**_: object) -> None:
        threads.append(threading.current_thread().name)

    connection_created.connect(note)
    try:
        visits = [asyncio.run(client.get(f"/streams/turns/{live_turn.pk}/")) for client in clients]
    finally:
        connection_created.disconnect(note)
    assert [visit.status_code for visit in visits] == [404, 200]
    assert [name.split("_")[0] for name in threads] == ["look", "look"]


def test_many_pages_that_come_back_at_once_take_turns():
    """Each look holds a database connection: a thread for every page would use up those of all other processes."""

    async def look() -> str:
        async with ThreadSensitiveContext():  # as every request has one
            return await views.briefly(lambda: threading.current_thread().name)()

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(look() for _ in range(100)))

    assert len(set(asyncio.run(all_at_once()))) <= 8
