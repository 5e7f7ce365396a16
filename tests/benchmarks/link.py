"""A kept connection, and as much of HTTP as the answers of our own server take.

What simulated annotators need of the processors is lost to what they measure, and the standard library's client takes
most of half a millisecond to read a dozen headers.
"""

import select
import socket
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]  # names in small letters
    body: bytes


class Link:
    """As a browser does, it opens a connection again that the server has closed in the meantime."""

    def __init__(self, port: int, patience: float) -> None:
        self.address = ("127.0.0.1", port)
        self.patience = patience
        self.sock: socket.socket | None = None

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self.sock is None or select.select([self.sock], [], [], 0)[0]:
            self.close()
            self.sock = socket.create_connection(self.address, self.patience)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.sock.makefile("rb")
        length = {"Content-Length": str(len(body))} if method == "POST" else {}
        told = {"Host": "{}:{}".format(*self.address), "Accept-Encoding": "identity", **headers, **length}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        self.sock.sendall("\r\n".join(lines).encode() + body)
        return self._answer()

    def _answer(self) -> Answer:
        begun = self.file.readline()
        if not begun:
            raise ConnectionResetError("hung up before an answer")
        headers = []
        while (line := self.file.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.lower(), value.strip()))
        known = dict(headers)
        chunked = known.get("transfer-encoding") == "chunked"
        body = self._chunks() if chunked else self.file.read(int(known.get("content-length", 0)))
        return Answer(int(begun.split(b" ", 2)[1]), headers, body)

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.file.readline(), 16):
            chunks.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return b"".join(chunks)

    def close(self) -> None:
        if self.sock:
            self.file.close()
            self.sock.close()
            self.sock = None
