"""The engine for OpenAI-compatible servers, against servers that behave well and badly."""

import json
import socket

import pytest
from openai_harness import HELLO, KEY, Behaving, Call, answered, asking, delta, failure, text
from runtime_harness import request

from models_runtime.engine import Chunk, EngineError, Finish

USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


def test_it_streams_a_text_and_counts_what_the_server_counted():
    chunks = answered(lambda call: call.answer(*HELLO, {"choices": [], "usage": USAGE}, "[DONE]"))
    assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo"]
    assert chunks[-1] == Chunk("", Finish("stop", 12, 3))


def test_it_sends_the_dialogue_and_the_sampling(calm: Behaving):
    dialogue = [("user", "Hi"), ("assistant", "Hello"), ("user", "Who are you?")]
    messages = [{"role": role, "content": content} for role, content in dialogue]
    with asking(calm.base) as engine:
        list(engine.stream(request(messages=messages, temperature=0.7, top_p=0.9, max_new_tokens=9, seed=2**63 - 1)))
        list(engine.stream(request(system_prompt="", temperature=1e-5)))
    first, second = calm.calls
    assert first.path == "/v1/chat/completions"
    assert first.body == {
        "model": "my-model",
        "messages": [{"role": "system", "content": "Be kind."}, *messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 9,
        "seed": 2**63 - 1,
    }
    assert (second.body["messages"][0]["role"], second.body["temperature"]) == ("user", 0)


def test_it_reads_characters_that_are_split_between_pieces():
    story = "Grüße aus 東京 😀\u2028\x85 und zurück"

    def behave(call: Call) -> None:
        call.begin("text/event-stream; charset=latin-1")
        event = json.dumps(delta(story, "stop"), ensure_ascii=False)
        for byte in f": comment\r\n\r\nevent: message\r\ndata:{event}\r\n\r\n".encode():
            call.write(bytes([byte]))
        call.end()

    assert text(answered(behave)) == story


def test_it_replaces_half_a_surrogate_pair():
    assert text(answered(lambda call: call.answer(delta("a\ud83db"), delta(None, "stop")))) == "a\ufffdb"


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 1}, {**USAGE, "prompt_tokens": -1}, [1], "much"])
def test_it_counts_pieces_when_the_server_does_not_count(usage: object):
    chunks = answered(lambda call: call.answer(*HELLO, {"choices": [], "usage": usage}))
    assert chunks[-1].finish == Finish("stop", 0, 2)


def test_it_keeps_reasoning_apart_from_the_text():
    thought = {"choices": [{"delta": {"reasoning_content": "hm", "content": None}}]}
    chunks = answered(lambda call: call.answer(thought, delta("Yes."), delta(None, "length")))
    assert (text(chunks), chunks[-1].finish) == ("Yes.", Finish("length", 0, 1))


@pytest.mark.parametrize(("reason", "permanent"), [("content_filter", True), ("tool_calls", True), ("abort", False)])
def test_it_says_how_an_answer_ended_otherwise(reason: str, permanent: bool):
    error = failure(lambda call: call.answer(delta("Hel"), delta(None, reason), "[DONE]"))
    assert f"'{reason}'" in error.detail
    assert error.permanent is permanent


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, {"error": {"message": "maximum context length is 8192"}}, "maximum context length is 8192"),
        (401, {"error": {"message": f"Incorrect API key {KEY}"}}, "OPENAI_API_KEY in the worker's environment"),
        (403, {"error": "not for you"}, "not for you"),
        (404, {"object": "error", "message": "no model my-model"}, "no model my-model"),
        (422, {"detail": [{"loc": ["seed"]}]}, "seed"),
        (400, b"<html>\0\n" + b"long " * 100_000, "<html> long long"),
    ],
)
def test_it_gives_up_for_good_where_the_request_is_wrong(status: int, body: object, says: str):
    error = failure(lambda call: call.refuse(status, body))
    assert error.permanent
    assert str(status) in error.detail
    assert says in error.detail
    assert len(error.detail) < 400


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_it_leaves_a_server_in_trouble_to_another_attempt(status: int):
    error = failure(lambda call: call.refuse(status, {"error": {"message": "out of memory"}}))
    assert not error.permanent
    assert f"({status}): out of memory" in error.detail


def test_it_notices_half_an_answer():
    def behave(call: Call) -> None:
        call.begin()
        call.say(delta("Hel"))

    error = failure(behave)
    assert not error.permanent
    assert "broke the connection off" in error.detail


def test_it_notices_an_answer_that_ends_without_saying_why():
    for ending in ([], ["[DONE]"]):
        error = failure(lambda call, ending=ending: call.answer(delta("Hel"), *ending))
        assert not error.permanent
        assert "in the middle" in error.detail


def test_it_notices_a_connection_that_is_reset():
    def behave(call: Call) -> None:
        call.begin()
        call.say(delta("Hel"))
        call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        call.connection.close()

    assert not failure(behave).permanent


@pytest.mark.parametrize(
    "garbage",
    [
        "{not json",
        "[" * 100_000,
        "17",
        '{"choices": "none"}',
        '{"choices": [7]}',
        '{"choices": [{"delta": {"content": [1]}}]}',
        '{"choices": [{"delta": "text"}]}',
        '{"choices": [{"delta": {}, "finish_reason": {}}]}',
        "x" * 2_000_000,
    ],
    ids=lambda garbage: garbage[:20],
)
def test_it_notices_garbage(garbage: str):
    error = failure(lambda call: call.answer(delta("Hel"), garbage))
    assert not error.permanent
    assert len(error.detail) < 400


def test_it_notices_that_it_got_no_stream():
    def behave(call: Call) -> None:
        call.refuse(200, b"<html>Welcome</html>", Content_Type="text/html")

    error = failure(behave)
    assert not error.permanent
    assert "text/html" in error.detail


def test_it_does_not_read_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("models_runtime.openai_engine.ANSWER_CHARACTERS", 3000)
    assert "far more than an answer" in failure(lambda call: call.answer(*[delta("Hel")] * 100)).detail


@pytest.mark.parametrize(("code", "permanent"), [(400, True), (429, False), (500, False), ("gone", False)])
def test_it_notices_an_error_in_mid_text(code: object, permanent: bool):
    error = failure(lambda call: call.answer(delta("Hel"), {"error": {"message": "lost the GPU", "code": code}}))
    assert error.detail.endswith("failed in the middle of its answer: lost the GPU")
    assert error.permanent is permanent


def test_it_follows_no_redirect(calm: Behaving):
    for status in (301, 302, 307, 308):
        target = f"{calm.base}/chat/completions"
        error = failure(lambda call, status=status, target=target: call.refuse(status, {}, Location=target))
        assert error.permanent
        assert "redirects are not followed" in error.detail
    assert calm.calls == []


def test_it_says_when_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with (
        asking(f"http://127.0.0.1:{port}/v1") as engine,
        pytest.raises(EngineError, match="cannot be reached") as caught,
    ):
        list(engine.stream(request()))
    assert not caught.value.permanent
