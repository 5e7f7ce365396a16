"""Models behind an OpenAI-compatible HTTP server: vLLM, SGLang, `transformers serve`.

The server owns tokenizer, chat template, batching and the order of requests (live before stock is not for it to
know). Two promises of the other engines are therefore not made here: messages that spell out control tokens are not
guarded, and a seed means what the server makes of it.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Self

import httpx2

from models_runtime.engine import TICK, Chunk, EngineError, Finish, GenerationRequest
from models_runtime.openai_protocol import Answer, Busy, question, refusal
from models_runtime.openai_servers import Server

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 60.0  # without an event, whatever keep-alive comments come meanwhile
BUSY_SECONDS = 60.0  # how long a server that answers 429 is asked again, in all
ERROR_BYTES = 64 * 1024  # read of an error's body
ANSWER_CHARACTERS = 64 * 1024 * 1024  # of events in one answer; a server may ignore max_tokens
CLOSE_SECONDS = 10.0

Say = Callable[[str | None], None]


class OpenAIEngine:
    """One model at one server; `stream` may be called from many threads.

    The requests of all threads run on one event loop in a thread of its own, because a task can be cancelled
    wherever it stands: connecting, waiting for a busy server, or in mid text. Every request has its own connection,
    and cancelling closes it, by which servers notice that their slot is free.
    """

    def __init__(self, server: Server, *, silence: float = SILENCE_SECONDS, busy: float = BUSY_SECONDS) -> None:
        self.device = f"server {server.name}"
        self._server = server
        self._silence = silence
        self._busy = busy
        self._client = _client(server.key)
        self._lock = Lock()
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name=self.device, daemon=True)
        self._thread.start()

    @classmethod
    def from_source(cls, source: str) -> Self:
        """Asks the server nothing yet: it may start later, and be restarted."""
        return cls(Server.from_source(source))

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(CLOSE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_SECONDS)
        self._loop.close()

    def stream(self, request: GenerationRequest) -> Generator[Chunk, None, None]:
        pieces: SimpleQueue[str | None] = SimpleQueue()
        answer = self._start(request, pieces.put)
        answer.add_done_callback(lambda _: pieces.put(None))
        try:
            while (text := _next(pieces)) is not None:
                yield Chunk(text)
            yield Chunk("", answer.result())
        except CancelledError as error:
            raise self._gone() from error
        finally:
            answer.cancel()

    def _start(self, request: GenerationRequest, say: Say) -> Future[Finish]:
        with self._lock:
            if self._closed:
                raise self._gone()
            return asyncio.run_coroutine_threadsafe(self._answer(request, say), self._loop)

    def _gone(self) -> EngineError:
        return EngineError(f"The worker closed its connection to {self._server.name}.")

    async def _leave(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def _answer(self, request: GenerationRequest, say: Say) -> Finish:
        """Asks again while the server is busy, for nothing of the text was said yet."""
        until = self._loop.time() + self._busy
        while True:
            try:
                return await self._exchange(request, say)
            except Busy as busy:
                if self._loop.time() + busy.seconds > until:
                    raise
                await asyncio.sleep(busy.seconds)

    async def _exchange(self, request: GenerationRequest, say: Say) -> Finish:
        server = self._server
        try:
            async with asyncio.timeout(self._silence) as silence:
                return await self._read(request, say, silence)
        except TimeoutError as error:
            raise EngineError(f"{server.name} said nothing for {self._silence:g} seconds.") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            said = server.quoted(str(error)) or f"no connection within {CONNECT_SECONDS:g} seconds"
            raise EngineError(f"{server.name} cannot be reached: {said}") from error
        except httpx2.SSEError as error:
            raise EngineError(f"{server.name} sent no event stream: {server.quoted(str(error))}") from error
        except httpx2.RequestError as error:
            said = server.quoted(str(error)) or type(error).__name__
            raise EngineError(f"{server.name} broke the connection off: {said}") from error

    async def _read(self, request: GenerationRequest, say: Say, silence: asyncio.Timeout) -> Finish:
        answer, size = Answer(self._server, request.sampling.max_new_tokens), 0
        body = question(self._server.model, request)
        async with self._client.stream("POST", f"{self._server.base}/chat/completions", json=body) as response:
            if not response.is_success:
                waits = response.headers.get("retry-after")
                said, new = await _beginning(response), request.sampling.max_new_tokens
                raise refusal(self._server, response.status_code, said, waits, new)
            response.encoding = "utf-8"  # event streams are, whatever the header says
            async for event in httpx2.EventSource(response):
                silence.reschedule(self._loop.time() + self._silence)
                size += len(event.data)
                if size > ANSWER_CHARACTERS:
                    raise EngineError(f"{self._server.name} sent far more than an answer.", permanent=True)
                if event.data == "[DONE]":
                    break
                if text := answer.read(event.data):
                    say(text)
        return answer.finish()


def _client(key: str) -> httpx2.AsyncClient:
    """Follows no redirects, keeps no connections, and takes neither proxies nor passwords from the environment."""
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "User-Agent": "tandem"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return httpx2.AsyncClient(
        headers=headers,
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    )


def _next(pieces: SimpleQueue[str | None]) -> str | None:
    try:
        return pieces.get(timeout=TICK)
    except Empty:
        return ""


async def _beginning(response: httpx2.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= ERROR_BYTES:
            break
    return body
