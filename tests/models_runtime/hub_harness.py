"""The few addresses of a hub that a download asks for, over a real socket, for the hub's own client."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_very_secret"


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Hub"

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.server.tokens.add(self.headers.get("Authorization", ""))
        if not self.server.interfere(self):
            self.answer()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is for failures."""

    def answer(self) -> None:
        """/api/models/<org>/<name>/tree/<commit> lists the files, /<org>/<name>/resolve/<commit>/<file> sends one."""
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["api", "models", org, name, "tree", commit]:
                self.about(f"{org}/{name}", commit, self.listing)
            case [org, name, "resolve", commit, *file]:
                self.about(f"{org}/{name}", commit, lambda folder: self.file(folder / "/".join(file)))
            case _:
                self.refuse(404)

    def about(self, repo: str, commit: str, tell: Callable[[Path], None]) -> None:
        if repo not in self.server.repos:
            self.refuse(404, "RepoNotFound")
        elif commit != COMMIT:
            self.refuse(404, "RevisionNotFound")
        else:
            tell(self.server.repos[repo])

    def listing(self, folder: Path) -> None:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        entries = [
            {"type": "file", "path": path.relative_to(folder).as_posix(), "size": path.stat().st_size, "oid": tag(path)}
            for path in files
        ]
        self.send(json.dumps(entries).encode(), {"Content-Type": "application/json"})

    def file(self, path: Path) -> None:
        if path.is_file():
            self.send(path.read_bytes(), {"ETag": f'"{tag(path)}"'})
        else:
            self.refuse(404, "EntryNotFound")

    def send(self, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "X-Repo-Commit": COMMIT, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.body(content)

    def body(self, content: bytes) -> None:
        if self.server.cut and len(content) > self.server.cut:
            self.wfile.write(content[: self.server.cut])
            self.server.cut = 0
            self.close_connection = True
        else:
            self.wfile.write(content)

    def refuse(self, status: int, code: str = "", message: str = "") -> None:
        self.send_response(status)
        for name, value in {"X-Error-Code": code, "X-Error-Message": message, "Content-Length": "0"}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()


@dataclass
class Hub(ThreadingHTTPServer):
    """`repos` by name; `interfere` may answer a call in another way, and returns True if it has. With `cut`, the first
    longer body breaks off after so many bytes.
    """

    repos: dict[str, Path] = field(default_factory=dict)
    interfere: Callable[[Call], bool] = lambda call: False
    calls: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    cut: int = 0
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fetched(self) -> set[str]:
        """The names of the files that were asked for."""
        return {path.split(f"/{COMMIT}/")[1] for path in self.calls if "/resolve/" in path}


def tag(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def hub(repos: dict[str, Path]) -> Iterator[Hub]:
    server = Hub(repos)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
