"""Request bodies as they come over a real socket."""

import re
import socket
import uuid

import pytest

from labeling.dialogues.models import Turn
from tests.people import join, make_project
from tests.processes import PATIENCE, healthz, wait_until

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def request_head(installation, client):
    """A signed-in prompt of Alice's: everything but the body."""
    alice = join("first", "alice@example.org")
    project = make_project()
    client.force_login(alice)
    page = client.get(f"/projects/{project.slug}/work/").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    body = f"csrfmiddlewaretoken={token}&dialogue={uuid.uuid4()}&number=1&text=Delete+nothing.+This+matters."
    head = (
        f"POST /projects/{project.slug}/prompts/ HTTP/1.1\r\nHost: 127.0.0.1:{installation.port}\r\n"
        f"Cookie: {cookies}\r\n"
    )
    return head, body


def send(port: int, data: bytes, *, finish: bool = False) -> bytes:
    """The answer: all of it, where the connection is closed with it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link:
        link.sendall(data)
        if finish:
            link.shutdown(socket.SHUT_WR)
        if b"Connection: close" in data:
            return b"".join(iter(lambda: link.recv(65536), b""))
        return link.recv(65536)


def test_a_whole_body_is_a_prompt(installation, request_head):
    head, body = request_head
    whole = typed(head, body, "application/x-www-form-urlencoded")
    assert send(installation.port, whole).startswith(b"HTTP/1.1 200")
    assert Turn.objects.get().text == "Delete nothing. This matters."


def test_a_body_that_was_cut_off_is_none(installation, request_head):
    head, body = request_head
    cut = f"{head}{FORM}Content-Length: {len(body)}\r\n\r\n{body[:-20]}"
    assert b" 200 " not in send(installation.port, cut.encode(), finish=True)
    assert not Turn.objects.exists()


def test_a_body_that_is_too_large_is_refused(installation, request_head):
    head, _ = request_head
    large = f"{head}{FORM}Content-Length: 2500000\r\n\r\n".encode() + b"x" * 2_100_000
    assert send(installation.port, large).startswith(b"HTTP/1.1 413")


def typed(head: str, body: str, kind: str) -> bytes:
    """The whole request, with this content type."""
    lines = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return f"{head}{lines}{body}".encode()


@pytest.mark.parametrize("named", ["", "; charset=UTF-8", '; charset="utf-8"'])
def test_a_body_in_utf_8_is_read(installation, request_head, named):
    head, body = request_head
    request = typed(head, body, f"application/x-www-form-urlencoded{named}")
    assert send(installation.port, request).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("named", ["charset=utf-16", "charset=nonsense", "charset=hex", "charset*=nonsense''%41"])
def test_a_body_in_anything_else_is_refused_with_what_to_do(installation, request_head, kind, named):
    head, body = request_head
    token = body.split("&")[0].split("=")[1]
    part = f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--x--\r\n'
    refused = send(installation.port, typed(head, part if "multipart" in kind else body, f"{kind}; {named}"))
    assert refused.startswith(b"HTTP/1.1 400")
    assert b"reload the page and send it again" in refused
    assert not Turn.objects.exists()


def test_what_makes_no_sense_to_a_page_is_refused_alike(client, alice, project):
    client.force_login(alice)
    refused = client.post("/projects/both/stock/", {"key": "none"})
    assert refused.status_code == 400 and "reload the page and send it again" in refused.content.decode()


def test_slow_bodies_do_not_keep_others_from_their_pages(installation, request_head):
    head, _ = request_head
    slow = [socket.create_connection(("127.0.0.1", installation.port)) for _ in range(24)]
    try:
        for link in slow:
            link.sendall(f"{head}{FORM}Content-Length: 1000\r\n\r\na=".encode())
        wait_until(lambda: healthz(installation.port).get("database") == "ok")
    finally:
        for link in slow:
            link.close()
