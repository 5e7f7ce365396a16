"""A hub of data sets: as much of its API as sending files takes, over HTTP, in this process."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"


@dataclass
class Hub:
    """`repositories` have the files that were committed to them, by path; `asked` is every request with its header."""

    address: str = ""
    refuses: int = 0  # the status that writing is answered with, if any
    silent_on: str = ""  # the end of paths that are never answered, if any
    over: Event = field(default_factory=Event)
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path.startswith("/put/"):
            self.uploads[path.split("/")[2]] = body
            return 200, {}
        if path.startswith("/api/repos/"):
            return (self.create if path.endswith("create") else self.delete)(json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path.endswith(".git/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            return 200, {"transfer": "basic", "objects": [self.place(one) for one in objects]}
        if path.count("/") == 4:  # what is known of a data set: asked where it could not be made
            return 404, {"error": "Not found."}
        name, _, what = path.removeprefix("/api/datasets/").partition("/main")[0].rpartition("/")
        if what == "preupload":
            files = json.loads(body)["files"]
            mode = {True: "lfs", False: "regular"}
            found = [
                {"path": one["path"], "uploadMode": mode[one["path"].endswith((".gz", ".parquet"))]} for one in files
            ]
            return 200, {"files": [{**one, "shouldIgnore": False} for one in found]}
        if what == "tree":
            there = self.repositories[name]
            return 200, [
                {"type": "file", "path": path, "size": len(bytes_), "oid": "0"} for path, bytes_ in there.items()
            ]
        assert what == "commit", path
        return self.commit(name, [json.loads(line) for line in body.splitlines()])

    def create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if self.refuses:
            return self.refuses, {"error": "No."}
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.repositories:
            return 409, {"error": "It is there.", "url": f"{self.address}/datasets/{name}"}
        self.repositories[name] = {".gitattributes": b""}
        self.private[name] = asked.get("visibility") == "private" or asked.get("private") is True
        return 200, {"url": f"{self.address}/datasets/{name}"}

    def delete(self, asked: dict[str, Any]) -> tuple[int, Any]:
        del self.repositories[f"{asked['organization']}/{asked['name']}"]
        return 200, {}

    def place(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["oid"] in self.uploads:
            return one
        return {**one, "actions": {"upload": {"href": f"{self.address}/put/{one['oid']}"}}}

    def commit(self, name: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        files = self.repositories[name]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.uploads[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        return 200, {"commitUrl": f"{self.address}/datasets/{name}/commit/1", "commitOid": "1" * 40}


@contextmanager
def running() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            path = self.path.split("?")[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append((f"{self.command} {path}", self.headers.get("Authorization", "")))
            if hub.silent_on and path.endswith(hub.silent_on):
                hub.over.wait()
                return
            status, said = hub.answer(self.command, path, body)
            written = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
