from random import Random

import pytest
from transformers import AutoTokenizer

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.token_text import TokenText

TEXTS = [
    "Plain words, one after the other.",
    "naïve café — “quotes” … 100 €",
    "東京は大きい。한국어 мир שלום",
    "😀👩‍👩‍👧‍👦🏳️‍🌈 and 🇨🇭!",
    "  spaces\n\n\ttabs  \r\nlines ",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
]


@pytest.fixture(scope="module")
def tokenizer(models):
    return AutoTokenizer.from_pretrained(models / DEFAULT_MODEL, local_files_only=True)


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_are_whole_characters_and_add_up(tokenizer, text: str):
    tokens = tokenizer.encode(text, add_special_tokens=False)
    reader = TokenText(tokenizer)
    pieces = [reader.advance(tokens[:count]) for count in range(1, len(tokens) + 1)]
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_several_tokens_may_come_at_once(tokenizer):
    text = " ".join(TEXTS)
    tokens = tokenizer.encode(text, add_special_tokens=False)
    random, reader, at, told = Random(1), TokenText(tokenizer), 0, ""
    while at < len(tokens):
        at = min(len(tokens), at + random.randint(1, 5))
        told += reader.advance(tokens[:at])
    assert told == text


def test_a_character_that_is_never_finished_is_never_told(tokenizer):
    tokens = tokenizer.encode("ok 𝔘", add_special_tokens=False)
    reader = TokenText(tokenizer)
    told = "".join(reader.advance(tokens[:count]) for count in range(1, len(tokens)))
    assert told.strip() == "ok"


def test_the_token_that_ends_the_text_is_not_part_of_it(tokenizer):
    tokens = [*tokenizer.encode("Bye.", add_special_tokens=False), tokenizer.eos_token_id]
    assert TokenText(tokenizer).advance(tokens) == "Bye."
