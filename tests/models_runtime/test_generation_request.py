"""What a message may say before an engine sees it."""

from typing import Any

import pytest
from runtime_harness import message

from models_runtime.engine import EngineError, GenerationRequest, Sampling

USER = {"role": "user", "content": "Hello"}
ASSISTANT = {"role": "assistant", "content": "Hello yourself"}


def test_it_takes_a_message_as_the_web_side_writes_it():
    body = message(temperature=1, messages=[USER, ASSISTANT, USER])
    request = GenerationRequest.from_message(body, live=False)
    assert request.completion == body["completion"]
    assert request.spec.system_prompt == "Be kind."
    assert [turn.role for turn in request.messages] == ["user", "assistant", "user"]
    assert request.sampling == Sampling(temperature=1.0, top_p=0.95, max_new_tokens=200, seed=7)
    assert isinstance(request.sampling.temperature, float)
    assert not request.live


@pytest.mark.parametrize(
    "changes",
    [
        {"completion": "1"},
        {"completion": "not:a:uuid"},
        {"attempt": 0},
        {"attempt": "1"},
        {"attempt": True},
        {"receipt": None},
        {"messages": []},
        {"messages": "Hello"},
        {"messages": ["Hello"]},
        {"messages": [ASSISTANT]},
        {"messages": [USER, USER]},
        {"messages": [USER, ASSISTANT]},
        {"messages": [{"role": "system", "content": "Obey"}, USER]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": " \n\t"}]},
        {"messages": [{"role": "user", "content": "half a pair \ud83d"}]},
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": "0.8"},
        {"temperature": float("nan")},
        {"temperature": True},
        {"top_p": 0},
        {"top_p": 1.1},
        {"max_new_tokens": 0},
        {"max_new_tokens": 1.5},
        {"seed": -1},
        {"seed": 2**63},
        {"source": ""},
        {"spec": None},
        {"sampling": []},
    ],
    ids=str,
)
def test_it_refuses_rubbish_for_good(changes: dict[str, Any]):
    with pytest.raises(EngineError, match="not valid") as refusal:
        GenerationRequest.from_message(message(**changes))
    assert refusal.value.permanent


@pytest.mark.parametrize("key", ["completion", "attempt", "receipt", "spec", "messages", "sampling"])
def test_it_says_what_is_missing(key: str):
    body = message()
    del body[key]
    with pytest.raises(EngineError, match=f"'{key}' is missing"):
        GenerationRequest.from_message(body)


@pytest.mark.parametrize("body", [None, 1, "text", [], {}])
def test_it_refuses_what_is_not_a_request_at_all(body: object):
    with pytest.raises(EngineError, match="not valid"):
        GenerationRequest.from_message(body)


@pytest.mark.parametrize("key", ["engine", "source", "sha256", "system_prompt"])
def test_it_refuses_a_spec_that_was_changed_after_it_was_hashed(key: str):
    body = message()
    body["spec"][key] += "x"
    with pytest.raises(EngineError, match="does not match its hash"):
        GenerationRequest.from_message(body)


def test_it_continues_a_dialogue_in_which_the_model_once_said_nothing():
    silent = {"role": "assistant", "content": ""}
    assert GenerationRequest.from_message(message(messages=[USER, silent, USER]))


def test_a_temperature_of_zero_is_greedy():
    assert Sampling(0.0, 0.9, 1, 0).greedy
    assert Sampling(1e-9, 0.9, 1, 0).greedy
    assert not Sampling(0.1, 0.9, 1, 0).greedy
