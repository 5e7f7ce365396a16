"""The seam between the worker and whatever produces text.

A request arrives as JSON from a queue. `from_message` turns it into frozen values or raises a permanent
`EngineError`, so that an engine never sees rubbish; what only an engine can know (does it fit the cache?) it
refuses itself.
"""

import hashlib
import json
import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self, TypeVar, runtime_checkable
from uuid import UUID

GREEDY_BELOW = 1e-4  # a smaller temperature overflows the logits and means the same as 0
SEED_LIMIT = 2**63  # exclusive; what a torch generator and a bigint column both hold

FinishReason = Literal["stop", "length"]
Value = TypeVar("Value")


class EngineError(Exception):
    """The engine could not finish this completion; `detail` is a sentence that a manager can act on.

    A permanent error would meet the same request again in the same way, so that nobody should retry it. `tokens_over`
    is by how much the dialogue and the longest response are too long together, where that is what is wrong.
    """

    def __init__(self, detail: str, *, permanent: bool = False, tokens_over: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent
        self.tokens_over = tokens_over


def _invalid(detail: str) -> EngineError:
    return EngineError(f"The generation request is not valid: {detail}", permanent=True)


def _field(message: object, key: str, kind: type[Value]) -> Value:
    """`message[key]` if it is exactly a `kind`; JSON's true and false are not numbers here."""
    if not isinstance(message, Mapping):
        raise _invalid(f"expected an object with {key!r}, got {type(message).__name__}.")
    if key not in message:
        raise _invalid(f"{key!r} is missing.")
    value = message[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _invalid(f"{key!r} must be {kind.__name__}, got {type(value).__name__}.")
    return value


def _number(message: object, key: str) -> float:
    if not isinstance(message, Mapping) or key not in message:
        raise _invalid(f"{key!r} is missing.")
    value = message[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _invalid(f"{key!r} must be a finite number.")
    return float(value)


def _text(message: object, key: str) -> str:
    """A string that UTF-8 can carry: JSON may spell half a surrogate pair, which no tokenizer takes."""
    value = _field(message, key, str)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _invalid(f"{key!r} has characters that are not Unicode text.") from error
    return value


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a receipt repeats so that the web side knows, and can check, which attempt it is about."""

    completion: str
    attempt: int
    receipt: str

    @classmethod
    def from_message(cls, message: object) -> Self:
        completion, attempt = _text(message, "completion"), _field(message, "attempt", int)
        try:
            canonical = str(UUID(completion))
        except ValueError as error:
            raise _invalid("'completion' must be a UUID.") from error
        if completion != canonical:
            raise _invalid("'completion' must be a UUID in lower case with hyphens.")
        if attempt < 1:
            raise _invalid("'attempt' counts from 1.")
        return cls(completion=completion, attempt=attempt, receipt=_text(message, "receipt"))


def spec_hash(fields: Mapping[str, Any]) -> str:
    """The sha256 of the canonical JSON of a model spec, its own "hash" left out."""
    canonical = {key: value for key, value in fields.items() if key != "hash"}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model answers, and as whom. `sha256` is empty when any checkpoint of that name will do."""

    engine: str
    source: str
    sha256: str
    system_prompt: str
    hash: str

    @classmethod
    def from_message(cls, message: object) -> Self:
        keys = ("engine", "source", "sha256", "system_prompt", "hash")
        spec = cls(**{key: _text(message, key) for key in keys})
        if not spec.engine or not spec.source:
            raise _invalid("the model spec names no engine or no source.")
        if isinstance(message, Mapping) and spec.hash != spec_hash(message):
            raise _invalid("the model spec does not match its hash; it was changed after it was recorded.")
        return spec


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. Temperature 0 (or below `GREEDY_BELOW`) takes the likeliest one."""

    temperature: float
    top_p: float
    max_new_tokens: int
    seed: int

    @property
    def greedy(self) -> bool:
        return self.temperature < GREEDY_BELOW

    @classmethod
    def from_message(cls, message: object) -> Self:
        sampling = cls(
            temperature=_number(message, "temperature"),
            top_p=_number(message, "top_p"),
            max_new_tokens=_field(message, "max_new_tokens", int),
            seed=_field(message, "seed", int),
        )
        if not 0 <= sampling.temperature <= 2:
            raise _invalid("'temperature' must be from 0 to 2.")
        if not 0 < sampling.top_p <= 1:
            raise _invalid("'top_p' must be above 0 and at most 1.")
        if sampling.max_new_tokens < 1:
            raise _invalid("'max_new_tokens' must be at least 1.")
        if not 0 <= sampling.seed < SEED_LIMIT:
            raise _invalid("'seed' must be from 0 to 2**63 - 1.")
        return sampling


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["user", "assistant"]
    content: str


def _messages(message: object) -> tuple[Message, ...]:
    """The dialogue so far: user and assistant in turn, from a user to a user.

    A model may have answered nothing, and still be continued; a person may not have asked nothing.
    """
    turns = []
    for number, item in enumerate(_field(message, "messages", list)):
        expected: Literal["user", "assistant"] = "assistant" if number % 2 else "user"
        if _text(item, "role") != expected:
            raise _invalid(f"message {number + 1} must come from the {expected}.")
        content = _text(item, "content")
        if expected == "user" and not content.strip():
            raise _invalid(f"message {number + 1} is empty.")
        turns.append(Message(expected, content))
    if len(turns) % 2 == 0:
        raise _invalid("the last message must come from the user.")
    return tuple(turns)


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One draw. `live`: an annotator waits for it, and engines start it before waiting stock."""

    completion: str
    attempt: int
    spec: ModelSpec
    messages: tuple[Message, ...]
    sampling: Sampling
    live: bool = True

    @classmethod
    def from_message(cls, message: object, *, live: bool = True) -> Self:
        ticket = Ticket.from_message(message)
        return cls(
            completion=ticket.completion,
            attempt=ticket.attempt,
            spec=ModelSpec.from_message(_field(message, "spec", dict)),
            messages=_messages(message),
            sampling=Sampling.from_message(_field(message, "sampling", dict)),
            live=live,
        )


@dataclass(frozen=True, slots=True)
class Finish:
    """How a text ended. Tokens are the engine's own; the token that ends the text counts as generated."""

    reason: FinishReason
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next piece of text. It may be empty; only the last one carries `finish`."""

    text: str
    finish: Finish | None = None


TICK = 0.25  # seconds; an engine yields at least this often, an empty chunk if it has nothing to say


@runtime_checkable
class Engine(Protocol):
    """Produces text for requests that arrive from many threads at once.

    `stream` yields pieces of text whose concatenation is the completion. It yields within about `TICK`
    seconds, empty chunks included, also while the request waits for a slot, so that its caller can keep a
    claim alive and notice a cancellation. Closing the iterator, at any point, cancels the request and frees
    its slot. What goes wrong is an `EngineError`.

    The same request (messages, spec, sampling with its seed) gives the same text again, by the same build
    on the same kind of device,

    - always, for the scripted engine;
    - for transformers on CPU in float32, alone or in company, as far as rounding goes: a matrix product of another
      height moves a probability by a millionth, and a draw can fall into that gap;
    - for transformers on CPU in bfloat16, as workers run it, only when every step has the same shape again: alone, and
      with the same part of its prompt (whole pages of 64 tokens) already in the cache;
    - never by promise on CUDA, where one generator serves the whole batch.

    A seed therefore documents a draw; it is not a substitute for the stored text.
    """

    device: str  # what the runtime page shows, as "cpu" or "NVIDIA H200"

    def stream(self, request: GenerationRequest) -> Generator[Chunk, None, None]: ...

    def close(self) -> None:
        """Ends everything in flight with a transient error and frees threads and memory."""
