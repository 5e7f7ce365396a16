"""Dialogues that are too long for a server's model, in the servers' own words."""

import pytest
from openai_harness import Call, failure
from runtime_harness import request

from models_runtime.openai_lengths import tokens_over

NEW = 200  # tokens of the longest response


@pytest.mark.parametrize(
    ("said", "over"),
    [
        (
            "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4800 in the"
            " messages, 200 in the completion). Please reduce the length of the messages or completion.",
            904,
        ),
        (
            "This model's maximum context length is 4096 tokens. However, you requested 200 output tokens and your"
            " prompt contains 4800 input tokens, for a total of 5000 tokens.",
            904,
        ),
        (
            "This model's maximum context length is 4096 tokens. However, you requested 200 output tokens and your"
            " prompt contains at least 3897 input tokens, for a total of at least 4097 tokens.",
            None,
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 200. This model's maximum context length is 4096"
            " tokens and your request has 4800 input tokens (200 > 4096 - 4800).",
            904,
        ),
        ("This model's maximum context length is 4097 tokens. However, your messages resulted in 5000 tokens.", 1103),
        ("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 1104),
        ("The input (5000 tokens) is longer than the model's context length (4096 tokens).", 1104),
        (
            "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of"
            " 5000 tokens: 4800 tokens from the input messages and 200 tokens for the completion.",
            904,
        ),
        ("This model's maximum context length is 4096 tokens.", None),
        ("This model's maximum context length is 4096 tokens. However, you requested 17 tokens.", None),
        ("the request exceeds the available context size, try increasing it", None),
        ("Something else with 12 input tokens.", None),
        ("", None),
    ],
)
def test_it_finds_by_how_much_where_that_is_said(said: str, over: int | None):
    assert tokens_over(said, NEW) == over


LONG = "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens."


def test_a_refusal_carries_the_number_for_the_response_that_was_asked_for():
    def refuse(call: Call) -> None:
        call.refuse(400, {"error": {"message": LONG, "code": 400}})

    error = failure(refuse)
    assert error.permanent
    assert error.tokens_over == 5000 + request().sampling.max_new_tokens - 4096


def test_a_refusal_in_mid_stream_carries_it_too():
    error = failure(lambda call: call.answer({"error": {"message": LONG, "code": 400}}))
    assert error.permanent
    assert error.tokens_over == 5000 + request().sampling.max_new_tokens - 4096


@pytest.mark.parametrize("status", [401, 404, 500])
def test_numbers_in_another_kind_of_refusal_mean_nothing(status: int):
    assert failure(lambda call: call.refuse(status, {"error": {"message": LONG}})).tokens_over is None
