"""A worker may write what it likes into what it may write to; nobody's page breaks by it, and no request is held up."""

import pytest
import redis

from labeling.dialogues import generation, routing, streams, workers
from labeling.dialogues.models import Completion
from tests.dialogues.streaming import appended, read, write
from tests.people import answer, ask, join, make_project

NO_TEXT = b"gpu-\xff\xfe"  # no UTF-8


@pytest.fixture
def announced_badly(own_stream: redis.Redis) -> None:
    own_stream.sadd(workers.NAMES, NO_TEXT, "gpu-9")
    own_stream.set("runtime:worker:gpu-9", b'{"serves": ["\xff"]}')


@pytest.fixture
def turn(transactional_db, monkeypatch):
    """A turn that other threads can see, and whose responses no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    return ask(join("first", "alice@example.org"), make_project(pacing="own"))


def spoil(completion: Completion) -> None:
    """Between words that mean something: no text, no number, no kind, nothing that is asked for."""
    key = streams.stream_key(completion.pk)
    write(completion, ("reset", ""), ("delta", "Sky "))
    for entry in (
        {"attempt": "one", "kind": "delta", "text": "!"},
        {"attempt": "9" * 5000, "kind": "delta", "text": "!"},
        {"attempt": 1, "kind": "delta"},
        {"attempt": 1, "kind": "shout", "text": "!"},
        {b"\xff": b"\xff"},
    ):
        streams.client().xadd(key, entry)
    streams.client().xadd(key, {"attempt": 1, "kind": "delta", "text": b"\xff"})
    write(completion, ("delta", "is"))


def test_a_name_or_an_announcement_that_is_no_text_keeps_no_request_back(announced_badly):
    assert routing.queue_for("scripted", stock=False) == routing.LIVE
    assert "gpu-9" in {worker.name for worker in workers.announced()}


def test_a_page_shows_what_can_be_read_of_a_spoiled_stream(client, turn):
    spoil(turn.completions.all()[0])
    client.force_login(turn.dialogue.author)
    page = client.get("/projects/both/work/")
    assert {side.text for side in page.context["step"].sides} == {"Sky \ufffdis", ""}


def test_a_spoiled_stream_is_followed_to_its_end(turn):
    one = turn.completions.all()[0]
    spoil(one)
    events = read(f"/streams/turns/{turn.pk}/", turn.dialogue.author, lambda: answer(turn, "Sky \ufffdis blue", "x"))
    assert appended(events, one) == "Sky \ufffdis blue"
    assert "event: ready" in events[-1]
