"""The workbench's page as a program sees it: what it offers, the requests it sends, the stream it reads.

Forms and addresses are taken from the page's own attributes, as htmx takes them.
"""

import html
import queue
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.link import Link

PATIENCE = 120.0  # seconds for an answer, and for the first words
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#step", "Accept": "text/html"}
# By id or class, the most telling first: of two forms that are a bar, one judges and one acknowledges the guideline.
FORMS = {
    "judgement": "judge",
    "bar": "acknowledge",
    "suggestion": "suggestion",
    "composer": "own",
    "take": "take",
    "actions": "enter",  # by a link; and, once there, what one is warned of
}


class Unexpected(Exception):
    """The application did not do what a page relies on."""


@dataclass
class Form:
    url: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What a page, or a part of one, lets its reader do. Empty strings for what it does not offer."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.ready = self.offers_stock = self.shows_words = self.asks_labels = False
        self.title = self.stream = self.pair = self.poll = self.own = ""
        self.texts = {"A": "", "B": ""}  # of a side, all that stands there
        self._form: Form | None = None
        self._inside = self._side = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        names = {has.get("id", ""), *has.get("class", "").split()}
        if tag == "form":
            self._form = Form(has.get("hx-post", ""))
            if known := next((what for name, what in FORMS.items() if name in names), ""):
                self.forms[known] = self._form
        elif tag == "input" and self._form and has.get("type") == "hidden":
            self._form.fields[has["name"]] = has.get("value", "")
        elif "step" in names:
            self.ready, self.pair = has.get("data-ready") == "true", has.get("hx-get", "")
        elif "meanwhile" in names:
            self.poll = has["hx-get"]
        elif has.get("data-press") == "m":
            self.offers_stock, self.own = tag == "button", has.get("hx-get", "")
        self.asks_labels |= has.get("name") == "a_label"
        self._side = has.get("data-letter", "") if tag == "article" else self._side
        self.stream = has.get("hx-sse:connect", self.stream)
        self._inside = "words" if "text-streaming" in names else "title" if has.get("id") == "step-title" else ""

    def handle_endtag(self, tag: str) -> None:
        self._form = None if tag == "form" else self._form
        self._side = "" if tag == "article" else self._side
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._side:
            self.texts[self._side] += data
        self.shows_words |= self._inside == "words" and bool(data.strip())
        self.title = data.strip() if self._inside == "title" else self.title


class Browser:
    """One kept connection, its cookies, and the headers of htmx. `expected` are the statuses that are answers to it."""

    expected: tuple[int, ...] = (200, 204, 302)

    def __init__(self, port: int) -> None:
        self.port = port
        self.link = Link(port, PATIENCE)
        self.cookies: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Origin": f"http://127.0.0.1:{self.port}"}

    def visit(self, path: str) -> Page:
        return self._request("GET", path, {"Accept": "text/html"})

    def get(self, path: str) -> Page:
        return self._request("GET", path, HTMX)

    def post(self, form: Form, url: str = "", **fields: Any) -> Page:
        """`url`: where the browser itself sends a form that leaves it to the page's own address."""
        kind = {"Content-Type": "application/x-www-form-urlencoded", **({} if url else HTMX)}
        return self._request("POST", url or form.url, kind, urlencode({**form.fields, **fields}))

    def text(self, path: str) -> str:
        """A page as it comes, for whoever has no time to read it."""
        return self._answer("GET", path, {"Accept": "text/html"})

    def send(self, path: str, fields: dict[str, str]) -> str:
        kind = {"Content-Type": "application/x-www-form-urlencoded", **HTMX}
        return self._answer("POST", path, kind, urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}))

    def _request(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Page:
        return Page(self._answer(method, path, headers, body))

    def _answer(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> str:
        answer = self.link.ask(method, path, {**self.headers(), **headers}, (body or "").encode())
        for cookie in [value for name, value in answer.headers if name == "set-cookie"]:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status not in self.expected:
            raise Unexpected(f"{method} {path} was answered with {answer.status}")
        return answer.body.decode()


class Stream:
    """A pair's stream of events, read by a thread of its own: a page can do other things beside it.

    `heard` gets ("words", when) once, for the first character that can be seen, and ("ready" or "failed", when).
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.heard: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()
        self.link = HTTPConnection("127.0.0.1", browser.port, timeout=PATIENCE)
        self.link.request("GET", url, headers={**browser.headers(), **HTMX, "Accept": "text/event-stream"})
        self.sock = self.link.sock
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        seen, event = False, ""
        with suppress(OSError, HTTPException, ValueError):  # how a stream ends that we close, or the server
            response = self.link.getresponse()
            if response.status != 200:
                return self._tell(f"status {response.status}")
            for line in response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event" and value in ("ready", "failed"):
                    return self._tell(value)
                event = value if name == "event" else event if name else ""
                words = re.search(r">([^<]+)</hx-partial>", value) if name == "data" and not event else None
                if words and not seen and html.unescape(words[1]).strip():
                    seen = True
                    self._tell("words")
        return self._tell("end")

    def _tell(self, what: str) -> None:
        self.heard.put((what, time.perf_counter()))

    def close(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
