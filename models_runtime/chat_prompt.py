"""From a dialogue to the tokens that a model reads, so that nobody's words can pass for its structure."""

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from models_runtime.engine import EngineError, GenerationRequest
from models_runtime.wording import because

MARK = "\ue000{}\ue001"  # stands for a message while the template is laid out around it; private use characters
MARKED = re.compile("\ue000([0-9]+)\ue001")

Messages = list[dict[str, str]]


class ChatPrompt:
    """One tokenizer and its chat template. A fast tokenizer is not safe to share while it encodes: hence
    the lock.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._control = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
        self._lock = Lock()

    def tokens(self, request: GenerationRequest) -> list[int]:
        """Ends where the answer begins. An empty system prompt leaves it to the template what to put
        there.
        """
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if request.spec.system_prompt:
            messages.insert(0, {"role": "system", "content": request.spec.system_prompt})
        return self.before(messages)

    def before(self, messages: Messages) -> list[int]:
        """The same of messages as they are."""
        return self._laid_out(messages, answer=True)

    def whole(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """A dialogue with its last answer, as a reward model reads it."""
        return self._laid_out([dict(message) for message in messages], answer=False)

    def _laid_out(self, messages: Messages, *, answer: bool) -> list[int]:
        forged = any(token in message["content"] for message in messages for token in self._control)
        try:
            with self._lock:
                tokens = self._guarded(messages, answer) if forged else self._plain(messages, answer)
        except Exception as error:  # a template is a program, and may fail as one
            detail = f"The model's chat template refused the dialogue: {because(error)}."
            raise EngineError(detail, permanent=True) from error
        if not tokens:
            raise EngineError("The dialogue has no tokens for this model.", permanent=True)
        return tokens

    def answer(self, text: str) -> list[int]:
        """A response that is there already, without the token that ends it; what spells out control tokens is letters
        here too."""
        with self._lock:
            tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return tokens

    def _plain(self, messages: Messages, answer: bool) -> list[int]:
        tokens: list[int] = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=answer, tokenize=True, return_dict=False
        )
        return tokens

    def _guarded(self, messages: Messages, answer: bool) -> list[int]:
        """Messages that spell out control tokens ("<|im_end|>") are encoded apart, as the letters they are.

        Else a person could end their own turn and speak as the system. Other dialogues keep the usual way,
        in which a token may span the border between template and message, as it did when the model was
        trained.
        """
        marked = [{**message, "content": MARK.format(number)} for number, message in enumerate(messages)]
        layout = self._tokenizer.apply_chat_template(marked, add_generation_prompt=answer, tokenize=False)
        pieces = MARKED.split(layout)
        if [int(number) for number in pieces[1::2]] != list(range(len(messages))):
            raise ValueError("it does not show every message once, and one of them spells out control tokens.")
        tokens: list[int] = []
        for index, piece in enumerate(pieces):
            content = messages[int(piece)]["content"] if index % 2 else piece
            tokens += self._tokenizer.encode(content, add_special_tokens=False, split_special_tokens=bool(index % 2))
        return tokens
