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
        self._start = 0  # decode from here …
        self._told = 0  # … and up to here it has been told

    def advance(self, tokens: Sequence[int], *, last: bool = False) -> str:
        """The text that `tokens`, all of them so far, add to what earlier calls returned.

        With `last`, what is still held back is dropped if the text ended within a character.
        """
        before = self._decode(tokens[self._start : self._told])
        now = self._decode(tokens[self._start :])
        if now.endswith(UNFINISHED):
            if not last:
                return ""
            now = now.rstrip(UNFINISHED)
        self._start, self._told = self._told, len(tokens)
        return now[len(before) :]

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text
