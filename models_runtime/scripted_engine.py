"""An engine without a model: real code behind the same protocol, for tests and for trying the pages out.

What it does is chosen by the spec's `source`; nothing in a prompt is ever interpreted.

    scripted              a few sentences, as fast as they can be read
    scripted:slow         sixty words or somewhat more, one every 50 ms
    scripted:length       as many words as `max_new_tokens` allows, then "length"
    scripted:long         the same, a word every 50 ms
    scripted:echo         the last user message, verbatim (hostile text must pass through harmlessly)
    scripted:same         the same sentence, whatever it is asked
    scripted:empty        nothing but an ellipsis
    scripted:empty-odd    that where the seed is odd, else a few sentences
    scripted:fails-once   attempt 1 breaks off after a few words, transiently; later attempts succeed
    scripted:fails-always every attempt breaks off so
    scripted:fails        refuses permanently

A token is a word with the space before it. The text depends on the seed, the messages and the system prompt
alone, never on the pace, the attempt or the time."""

import re
import time
from collections.abc import Generator, Iterator
from random import Random

from models_runtime.engine import TICK, Chunk, EngineError, Finish, FinishReason, GenerationRequest

SLOW_SECONDS = 0.05
SLOW_WORDS = 60
WORDS_BEFORE_FAILURE = 3
SOURCES = frozenset(
    {
        "scripted",
        "scripted:slow",
        "scripted:length",
        "scripted:long",
        "scripted:echo",
        "scripted:same",
        "scripted:empty",
        "scripted:empty-odd",
        "scripted:fails-once",
        "scripted:fails-always",
        "scripted:fails",
    }
)
SLOW = ("scripted:slow", "scripted:long")
UP_TO_THE_LIMIT = ("scripted:length", "scripted:long")
VOCABULARY = """
    a careful answer begins with what is known and says plainly which part is not café naïve 東京 😀 water
    bread river stone light morning question reason example number list first second then because
    however perhaps always never people work time long short good kind clear simple open quiet
""".split()  # noqa: SIM905 - a list of fifty literals reads worse


class ScriptedEngine:
    """`pace` is the time between words in seconds, and overrides the one that the source names."""

    device = "none"

    def __init__(self, source: str = "scripted", *, pace: float | None = None) -> None:
        if source not in SOURCES:
            known = ", ".join(sorted(SOURCES))
            raise EngineError(f"There is no scripted model {source!r}; there are {known}.", permanent=True)
        self.source = source
        self.pace = pace if pace is not None else SLOW_SECONDS if source in SLOW else 0.0
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def stream(self, request: GenerationRequest) -> Generator[Chunk, None, None]:
        if self.source == "scripted:fails":
            raise EngineError("The scripted model refuses every request.", permanent=True)
        breaks = self.source == "scripted:fails-always" or (
            self.source == "scripted:fails-once" and request.attempt == 1
        )
        words, reason = self._words(request)
        for number, word in enumerate(words):
            if self._closed:
                raise EngineError("The scripted model was closed.")
            if breaks and number == min(WORDS_BEFORE_FAILURE, len(words) - 1):
                raise EngineError("The scripted model broke off, as it was asked to.")
            yield Chunk(word)
            yield from self._wait()
        prompt_tokens = sum(len(message.content.split()) for message in request.messages)
        yield Chunk("", Finish(reason, prompt_tokens, len(words)))

    def _wait(self) -> Iterator[Chunk]:
        until = time.monotonic() + self.pace
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, TICK))
            yield Chunk("")

    def _words(self, request: GenerationRequest) -> tuple[list[str], FinishReason]:
        limit = request.sampling.max_new_tokens
        if self.source == "scripted:echo":
            words = _words(request.messages[-1].content)
        elif self.source == "scripted:same":
            words = _words("It is what it is.")
        elif self.source == "scripted:empty" or (self.source == "scripted:empty-odd" and request.sampling.seed % 2):
            words = ["..."]
        else:
            least = limit if self.source in UP_TO_THE_LIMIT else SLOW_WORDS if self.source == "scripted:slow" else 0
            words = _sentences(request, at_least=least)
        full = len(words) >= limit if self.source in UP_TO_THE_LIMIT else len(words) > limit
        return words[:limit], "length" if full else "stop"


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*\Z|\s*\S+", text)


def _sentences(request: GenerationRequest, at_least: int) -> list[str]:
    """Words that carry their own spacing, in two to five sentences, or more until there are `at_least`
    words."""
    dialogue = [(message.role, message.content) for message in request.messages]
    random = Random(repr((request.sampling.seed, request.spec.system_prompt, dialogue)))  # noqa: S311
    words: list[str] = []
    sentences = random.randint(2, 5)
    while sentences > 0 or len(words) < at_least:
        sentence = random.choices(VOCABULARY, k=random.randint(5, 14))
        sentence[0] = sentence[0].capitalize()
        sentence[-1] += "."
        words += [f" {word}" if words or number else word for number, word in enumerate(sentence)]
        sentences -= 1
    return words
