"""A response that nobody should have to judge, by itself."""

import pytest

from labeling.projects.gates import Gate, stopped
from tests.projects.gates import PARAGRAPH, gate


@pytest.mark.parametrize("text", ["", " \n\t", "...", "—", "***\n---", "```\n```", "\u200b", "\u3164", "\ufffd", "()"])
def test_punctuation_alone_is_empty(text):
    assert gate(text) == Gate.EMPTY


@pytest.mark.parametrize("text", ["4", "A", "👍", "+", "€", "½", "是", "π", "不"])
def test_a_digit_a_letter_a_symbol_or_an_emoji_is_an_answer(text):
    assert gate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "It\ufffds a\ufffd\ufffd sunny day.",
        "\x1b[31mred\x1b[0m \x07\x08",
        "Itâ€™s a cafÃ© and donâ€™t you know",
        "PÃ¤rchen und MÃ¼tter kÃ¶nnen das",
        "ÃƒÂ© et ÃƒÂ¨ puis ÃƒÂ§a",
    ],
)
def test_text_in_shards_is_broken(text):
    assert gate(text) == Gate.BROKEN


@pytest.mark.parametrize(
    "text",
    [
        "The last token was cut\ufffd",
        "É, È und À sind Großbuchstaben, „SCHÖN“ und «CAFÉ» auch.",
        "NÃO, SÃO PAULO, AÇÃO",
        "When é shows as Ã©, è as Ã¨ and ’ as â€™, a file was read with the wrong encoding.",
        "word " * 3000,
        "Line one\r\nline two\tand a tab",
        "Привет, мир! Γειά σου. こんにちは。",
        PARAGRAPH,
    ],
)
def test_text_that_is_merely_strange_is_not_broken(text):
    assert gate(text) is None


def test_a_cut_off_response_is_truncated_where_that_is_a_reason():
    assert gate("And so on", finish_reason="length") == Gate.TRUNCATED
    assert stopped("And so on", "length", [Gate.EMPTY]) is None


def test_the_worst_is_what_is_said():
    assert gate("I am Qwen \ufffd\ufffd\ufffd", "length") == Gate.BROKEN
    assert gate("...", "length") == Gate.EMPTY
    assert gate("I am Qwen", "length") == Gate.NAMES_MAKER
