"""The engine for OpenAI-compatible servers while nothing comes: busy servers, silent ones, and callers that leave."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from openai_harness import HELLO, Call, answered, asking, delta, failure, serving, text
from runtime_harness import PATIENCE, request, until

from models_runtime.engine import TICK, EngineError


def in_two_seconds() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize("wait", [lambda: "0.7", in_two_seconds], ids=["seconds", "date"])
def test_it_waits_for_a_busy_server_and_keeps_ticking(wait: Callable[[], str]):
    def behave(call: Call) -> None:
        if len(call.server.calls) == 1:
            call.refuse(429, {"error": {"message": "slow down"}}, Retry_After=wait())
        else:
            call.answer(*HELLO)

    began = time.monotonic()
    chunks = answered(behave)
    assert text(chunks) == "Hello"
    assert chunks[0].text == "", "a tick while it waited"
    assert time.monotonic() - began >= 0.7


@pytest.mark.parametrize("wait", ["3600", "inf", "9" * 400])
def test_it_does_not_wait_for_a_server_that_stays_busy(wait: str):
    error = failure(lambda call: call.refuse(429, {"error": {"message": "quota"}}, Retry_After=wait))
    assert not error.permanent
    assert "busy (429" in error.detail
    assert "quota" in error.detail


def test_it_asks_a_busy_server_a_few_times_at_most():
    with serving(lambda call: call.refuse(429, {}, Retry_After="nan")) as server:
        with asking(server.base, busy=2.0) as engine, pytest.raises(EngineError, match="busy"):
            list(engine.stream(request()))
        assert 1 < len(server.calls) <= 5


@pytest.mark.parametrize("beginning", [(), (delta("Hel"),)], ids=["at once", "in mid text"])
def test_it_does_not_wait_for_ever(beginning: tuple[dict, ...]):
    def behave(call: Call) -> None:
        if beginning:
            call.begin()
            call.say(*beginning)
        call.wait_until_left()

    with serving(behave) as server, asking(server.base, silence=TICK + 0.4) as engine:
        seen = []
        with pytest.raises(EngineError, match="said nothing for") as caught:
            seen += engine.stream(request())
        assert not caught.value.permanent
        assert server.left.wait(PATIENCE)


def test_comments_do_not_keep_a_silent_server_alive():
    def behave(call: Call) -> None:
        call.begin()
        while not call.server.left.wait(0.05):
            try:
                call.write(b": still here\n\n")
            except OSError:
                call.server.left.set()

    assert "said nothing" in failure(behave, silence=0.4).detail


@pytest.mark.parametrize("streaming", [False, True], ids=["before the answer", "in mid text"])
def test_closing_the_iterator_closes_the_connection(streaming: bool):
    def behave(call: Call) -> None:
        if streaming:
            call.begin()
            call.say(delta("Hel"))
        call.wait_until_left()

    with serving(behave) as server, asking(server.base) as engine:
        chunks = engine.stream(request())
        assert next(chunk.text == "Hel" for chunk in chunks if chunk.text or not streaming) is streaming
        until(lambda: server.calls)
        chunks.close()
        assert server.left.wait(PATIENCE)


def test_closing_the_engine_ends_what_is_under_way():
    with serving(Call.wait_until_left) as server:
        with asking(server.base) as engine:
            chunks = engine.stream(request())
            next(chunks)
            engine.close()
            with pytest.raises(EngineError, match="closed its connection") as caught:
                list(chunks)
        assert not caught.value.permanent
        assert server.left.wait(PATIENCE)
        with pytest.raises(EngineError, match="closed its connection"):
            list(engine.stream(request()))
