"""Turns tokens that arrive one by one into text that never has to be taken back."""

from collections.abc import Sequence
from typing import Any

UNFINISHED = "\ufffd"  # what a tokenizer writes for bytes that are not yet, or never were, a character


class TokenText:
    """A character whose bytes span several tokens is held back until it is whole.

    Text is decoded from a little before the new tokens, since a token's text can depend on the one before it.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._start = 0  # tokens are decoded from here …
        self._whole = 0  # … and up to here they ended with a whole character
        self._told = ""  # what was told of the text that begins at `_start`

    def advance(self, tokens: Sequence[int]) -> str:
        """The text that `tokens`, all of them so far, add to what earlier calls returned.

        What is held back when the tokens end is no character, and is never told.
        """
        text = self._decode(tokens[self._start :])
        whole = text.rstrip(UNFINISHED)
        new = whole[len(self._told) :]
        self._told += new
        if whole == text and len(tokens) > self._whole:
            self._start, self._whole = self._whole, len(tokens)
            self._told = self._decode(tokens[self._start :])
        return new

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text
