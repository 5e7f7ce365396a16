"""Chat completions as OpenAI-compatible servers stream them: what is asked, and what the events of an answer mean.

Servers differ where the protocol is silent: usage comes with the last choice, after it, or not at all; "[DONE]" is
sent by most, not by `transformers serve`. So a text is whole when a finish reason was given and the response ended.
"""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from models_runtime.engine import EngineError, Finish, GenerationRequest
from models_runtime.openai_lengths import tokens_over
from models_runtime.openai_servers import Server

PASSING = frozenset({408, 409, 425, 429})  # the only 4xx that another try may cure
TOO_LONG = frozenset({400, 413, 422})  # what servers answer to a dialogue that is, among other things
FINAL_REASONS = frozenset({"content_filter", "tool_calls", "function_call"})  # the same draw would end so again
COUNT_LIMIT = 2**31  # exclusive; what the web side's columns hold
UNSAID_WAIT = 2.0  # seconds, when a busy server does not say how long
SHORTEST_WAIT = 0.5


class Busy(EngineError):
    """The server takes no more at the moment (429); `seconds` is how long it asks to be left alone."""

    def __init__(self, detail: str, seconds: float) -> None:
        super().__init__(detail)
        self.seconds = seconds


def question(model: str, request: GenerationRequest) -> dict[str, Any]:
    """The body of the request. An empty system prompt leaves it to the server's template what to put there."""
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    if request.spec.system_prompt:
        messages.insert(0, {"role": "system", "content": request.spec.system_prompt})
    sampling = request.sampling
    return {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0 if sampling.greedy else sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_new_tokens,
        "seed": sampling.seed,
    }


def refusal(
    server: Server, status: int, body: bytes, retry_after: str | None = None, new_tokens: int = 0
) -> EngineError:
    """What a status other than success means for whoever asked, for an answer of at most `new_tokens`."""
    if 300 <= status < 400:
        detail = f"{server.name} redirects to another address ({status}), and redirects are not followed."
        return EngineError(detail, permanent=True)
    message = _message(body)
    said = server.quoted(message) or "no reason given"
    if status == 429:
        wait = _seconds(retry_after)
        return Busy(f"{server.name} is busy (429, asks to wait {wait:.0f} s): {said}", wait)
    if status in (401, 403):
        said += " (the key is OPENAI_API_KEY in the worker's environment)"
    detail, over = f"{server.name} refused the request ({status}): {said}", _over(status, message, new_tokens)
    return EngineError(detail, permanent=_final(status), tokens_over=over)


def _over(status: int, message: str, new_tokens: int) -> int | None:
    return tokens_over(message, new_tokens) if status in TOO_LONG else None


def _final(status: int) -> bool:
    return 400 <= status < 500 and status not in PASSING


def _message(body: bytes) -> str:
    """The sentence in an error's body: {"error": {"message": …}}, {"error": …}, {"detail": …}, or all of it."""
    text = body.decode(errors="replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _seconds(retry_after: str | None) -> float:
    """Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3)."""
    if not retry_after:
        return UNSAID_WAIT
    try:
        return max(SHORTEST_WAIT, float(retry_after))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return UNSAID_WAIT
    return max(SHORTEST_WAIT, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


class Answer:
    """The events of one answer, read in order. Reasoning that a server sends apart from the content is not text."""

    def __init__(self, server: Server, new_tokens: int = 0) -> None:
        self._server = server
        self._new_tokens = new_tokens
        self._reason: str | None = None
        self._counts: tuple[int, int] | None = None
        self._deltas = 0

    def read(self, data: str) -> str:
        """The text that an event adds, often none."""
        event = self._parsed(data)
        if event.get("error"):
            raise self._failure(event["error"])
        self._counts = _counts(event.get("usage")) or self._counts
        choices = event.get("choices") or [{}]  # the event that brings the usage has no choices
        if not isinstance(choices, list) or not isinstance(choices[0], dict):
            raise self._malformed(data)
        delta, reason = choices[0].get("delta") or {}, choices[0].get("finish_reason")
        content = delta.get("content") if isinstance(delta, dict) else delta
        if not isinstance(content, str | None) or not isinstance(reason, str | None):
            raise self._malformed(data)
        self._reason = reason or self._reason
        self._deltas += bool(content)
        return _whole(content or "")

    def finish(self) -> Finish:
        """Once the response has ended. Without usage the prompt counts 0 tokens and the text its pieces, which most
        servers cut at tokens: a lower bound.
        """
        if self._reason is None:
            raise EngineError(f"{self._server.name} ended its answer in the middle.")
        prompt_tokens, completion_tokens = self._counts or (0, self._deltas)
        match self._reason:
            case "stop" | "length" as reason:
                return Finish(reason, prompt_tokens, completion_tokens)
        said = self._server.quoted(self._reason)
        detail = f"{self._server.name} ended the answer with {said!r} rather than 'stop' or 'length'."
        raise EngineError(detail, permanent=self._reason in FINAL_REASONS)

    def _parsed(self, data: str) -> dict[str, Any]:
        try:
            event = json.loads(data) if data else {}
        except (ValueError, RecursionError) as error:
            raise self._malformed(data) from error
        if not isinstance(event, dict):
            raise self._malformed(data)
        return event

    def _malformed(self, data: str) -> EngineError:
        said = self._server.quoted(data)
        return EngineError(f"{self._server.name} sent an event that is not a piece of a chat completion: {said}")

    def _failure(self, error: object) -> EngineError:
        """An error in mid stream; vLLM and SGLang say in `code` which status it would have had. Never `Busy`: what
        was said cannot be taken back within an attempt.
        """
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) else 0
        message = _message(json.dumps({"error": error}).encode())
        detail = f"{self._server.name} failed in the middle of its answer: {self._server.quoted(message)}"
        over = _over(status, message, self._new_tokens)
        return EngineError(detail, permanent=_final(status), tokens_over=over)


def _counts(usage: object) -> tuple[int, int] | None:
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    return (prompt, completion) if 0 <= prompt < COUNT_LIMIT and 0 <= completion < COUNT_LIMIT else None


def _whole(text: str) -> str:
    """JSON can spell half a surrogate pair, which nothing behind this can store."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
