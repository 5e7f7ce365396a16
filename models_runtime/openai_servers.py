"""Which OpenAI-compatible servers this worker may ask, and what it may say about them.

A model version comes from the web side and names a URL; the worker stands in a private network. So the worker's own
environment decides: OPENAI_BASE_URLS, separated by commas, each with scheme, host, port and path, as in
"http://127.0.0.1:8000/v1". A source must name one of them letter for letter (a slash at the end is forgiven): where
nothing is parsed, nothing can be parsed in two ways. OPENAI_API_KEY, if set, goes to all of them and nowhere else.
"""

import os
from dataclasses import dataclass, field
from typing import Self

import httpx2

from models_runtime.engine import EngineError
from models_runtime.wording import one_line


@dataclass(frozen=True, slots=True)
class Server:
    """A model at an allowed base URL. Build it with `from_source`: nothing else checks the list."""

    base: str
    model: str
    key: str = field(default="", repr=False)

    @classmethod
    def from_source(cls, source: str) -> Self:
        """From "<base URL>#<model name>" and the environment; refuses for good what is not listed there."""
        base, _, model = source.partition("#")
        if not base or not model.strip():
            detail = f"The source {source!r} names no model on a server: it should be <base URL>#<model name>."
            raise EngineError(detail, permanent=True)
        if "@" in base:
            detail = "The source has a name or password in its URL; keys belong into OPENAI_API_KEY on the worker."
            raise EngineError(detail, permanent=True)
        if base.rstrip("/") not in _listed():
            detail = f"This worker may not ask {base!r}: whoever runs it can add it to OPENAI_BASE_URLS there."
            raise EngineError(detail, permanent=True)
        return cls(_usable(base.rstrip("/")), model, _key())

    @property
    def name(self) -> str:
        """Host and port, as people tell servers apart."""
        return httpx2.URL(self.base).netloc.decode()

    def quoted(self, words: str) -> str:
        """A server's words, fit for an error: one short printable line, and without the key if it repeats that."""
        return one_line(words.replace(self.key, "…") if self.key else words)


def _listed() -> set[str]:
    entries = os.environ.get("OPENAI_BASE_URLS", "").split(",")
    return {entry.strip().rstrip("/") for entry in entries} - {""}


def _usable(base: str) -> str:
    """What an operator may have mistyped in the list."""
    try:
        url = httpx2.URL(base)
    except httpx2.InvalidURL as error:
        raise EngineError(f"{base!r} in the worker's OPENAI_BASE_URLS is not a URL.", permanent=True) from error
    if url.scheme not in ("http", "https") or not url.host or url.query or not 0 < (url.port or 80) < 2**16:
        detail = f"{base!r} in the worker's OPENAI_BASE_URLS must be http(s)://host[:port][/path]."
        raise EngineError(detail, permanent=True)
    return base


def _key() -> str:
    """Checked here, for an HTTP library would quote the header that it cannot send."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()):
        detail = "OPENAI_API_KEY on the worker has characters that an HTTP header cannot carry."
        raise EngineError(detail, permanent=True)
    return key
