"""A small OpenID Connect provider: authorization code with PKCE, for one client. Whoever comes is who it is told."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

CLIENT, SECRET = "tandem", "a-secret-of-32-characters-or-more"


class Provider(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.codes: dict[str, dict[str, str]] = {}  # each with what it was asked for
        self.person: dict[str, Any] = {}
        self.cancels = False

    def is_somebody(self, sub: str, email: str, verified: Any = True) -> None:
        self.person = {"sub": sub, "email": email, "email_verified": verified, "name": "Somebody"}

    def authorize(self, asked: dict[str, str]) -> dict[str, str]:
        if self.cancels:
            return {"error": "access_denied", "state": asked["state"]}
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """None for whoever is not the one who asked for the code, and for a code that was used."""
        asked = self.codes.pop(sent["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        known = (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
        if not known or not asked or asked["code_challenge"] != proof or asked["redirect_uri"] != sent["redirect_uri"]:
            return None
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": time.time() + 60, "iat": time.time(), **self.person}
        return {"access_token": "t", "token_type": "Bearer", "id_token": jwt.encode(claims, SECRET, "HS256")}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def handle(self) -> None:
        """A browser opens connections before it needs them, and leaves those that it does not need after all."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        issuer = self.server.issuer
        if parts.path == "/authorize":
            asked = dict(parse_qsl(parts.query))
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(self.server.authorize(asked))}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif parts.path == "/userinfo":
            self.answer(self.server.person)
        else:
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            addresses = {f"{name}_endpoint": f"{issuer}/{path}" for name, path in ends.items()}
            methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
            self.answer({"issuer": issuer, "jwks_uri": f"{issuer}/keys", **addresses, **methods})

    def do_POST(self) -> None:
        sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        given = self.server.token(sent)
        self.answer(given or {"error": "invalid_grant"}, 200 if given else 400)

    def answer(self, content: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        body = json.dumps(content).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Provider]:
    with Provider() as provider:
        threading.Thread(target=provider.serve_forever, args=(0.05,), daemon=True).start()
        yield provider
        provider.shutdown()
