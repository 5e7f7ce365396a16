"""An OpenAI-compatible server that does exactly what a test tells it, over a real socket."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from runtime_harness import PATIENCE, request

from models_runtime.engine import Chunk, EngineError
from models_runtime.openai_engine import OpenAIEngine
from models_runtime.openai_servers import Server
from models_runtime.scripted_engine import ScriptedEngine


def delta(content: str | None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a chat completion, as servers write it."""
    return {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": reason}], **more}


KEY = "sk-very-secret"
HELLO = (delta("Hel"), delta("lo"), delta(None, "stop"))


class Call(BaseHTTPRequestHandler):
    """One request, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: "Behaving"

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(self)
        self.close_connection = True
        self.server.behave(self)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is for failures."""

    def refuse(self, status: int, body: object = None, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def begin(self, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def write(self, content: bytes) -> None:
        """One HTTP chunk, which the client's library hands over as one piece."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))

    def say(self, *events: dict[str, Any] | str) -> None:
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            self.write(f"data: {data}\n\n".encode())

    def end(self) -> None:
        self.write(b"")

    def answer(self, *events: dict[str, Any] | str) -> None:
        self.begin()
        self.say(*events)
        self.end()

    def wait_until_left(self) -> None:
        """Returns when the client has closed the connection."""
        self.connection.settimeout(PATIENCE)
        self.connection.recv(1)
        self.server.left.set()


@dataclass
class Behaving(ThreadingHTTPServer):
    """`behave` answers every request; `calls` are those that came."""

    behave: Callable[[Call], None]
    calls: list[Call] = field(default_factory=list)
    left: Event = field(default_factory=Event)
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serving(behave: Callable[[Call], None]) -> Iterator[Behaving]:
    server = Behaving(behave)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def asking(base: str, key: str = "", **limits: float) -> Iterator[OpenAIEngine]:
    engine = OpenAIEngine(Server(base, "my-model", key), **limits)
    yield engine
    engine.close()


def scripted(call: Call) -> None:
    """A well-behaved model: the scripted engine's words, as a server would send them."""
    asked = request(
        messages=[message for message in call.body["messages"] if message["role"] != "system"],
        max_new_tokens=call.body["max_tokens"],
        seed=call.body["seed"],
    )
    call.begin()
    for chunk in ScriptedEngine(pace=0.001).stream(asked):
        if chunk.finish is None:
            call.say(delta(chunk.text))
        else:
            usage = {"prompt_tokens": chunk.finish.prompt_tokens, "completion_tokens": chunk.finish.completion_tokens}
            call.say(delta(None, chunk.finish.reason), {"choices": [], "usage": usage}, "[DONE]")
    call.end()


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def answered(behave: Callable[[Call], None], **limits: float) -> list[Chunk]:
    with serving(behave) as server, asking(server.base, KEY, **limits) as engine:
        return list(engine.stream(request()))


def failure(behave: Callable[[Call], None], **limits: float) -> EngineError:
    with pytest.raises(EngineError) as caught:
        answered(behave, **limits)
    assert KEY not in caught.value.detail
    return caught.value
