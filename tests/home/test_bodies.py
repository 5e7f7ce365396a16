"""Request bodies as they come over a real socket."""

import re
import socket
import uuid

import pytest

from labeling.dialogues.models import Turn
from tests.people import join, make_project


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
        f"Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    return head, body


def send(port: int, data: bytes, *, finish: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(data)
        if finish:
            link.shutdown(socket.SHUT_WR)
        return link.recv(65536)


def test_a_whole_body_is_a_prompt(installation, request_head):
    head, body = request_head
    whole = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    assert send(installation.port, whole.encode()).startswith(b"HTTP/1.1 200")
    assert Turn.objects.get().text == "Delete nothing. This matters."


def test_a_body_that_was_cut_off_is_none(installation, request_head):
    head, body = request_head
    cut = f"{head}Content-Length: {len(body)}\r\n\r\n{body[:-20]}"
    assert b" 200 " not in send(installation.port, cut.encode(), finish=True)
    assert not Turn.objects.exists()


def test_a_body_that_is_too_large_is_refused(installation, request_head):
    head, _ = request_head
    large = f"{head}Content-Length: 2500000\r\n\r\n".encode() + b"x" * 2_100_000
    assert send(installation.port, large).startswith(b"HTTP/1.1 413")


def test_slow_bodies_do_not_keep_others_from_their_pages(installation, request_head):
    head, _ = request_head
    slow = [socket.create_connection(("127.0.0.1", installation.port)) for _ in range(24)]
    try:
        for link in slow:
            link.sendall(f"{head}Content-Length: 1000\r\n\r\na=".encode())
        assert installation.health()["database"] == "ok"
    finally:
        for link in slow:
            link.close()
