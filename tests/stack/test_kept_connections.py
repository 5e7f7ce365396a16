"""A connection to the database that was kept between requests, and may be gone when the next one comes."""

import psycopg
import pytest
from django.db import close_old_connections, connection

pytestmark = pytest.mark.django_db(transaction=True)


def ask():
    """As a request does, which begins with looking whether the connection may be used."""
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture
def served():
    """By which process; the connection was used just before."""
    ask()
    return ask()


def end(process):
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


def test_it_is_made_anew_where_the_server_has_ended_it(served):
    end(served)
    assert ask() != served


def test_it_is_kept_where_the_server_has_only_said_something(served):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("NOTIFY something")
    assert ask() == served


def test_nothing_is_sent_to_see_whether_one_in_use_is_there(served, monkeypatch):
    monkeypatch.setattr(connection, "is_usable", lambda: pytest.fail("asked"))
    assert ask() == served


def test_one_that_was_not_used_for_long_is_asked(served, monkeypatch):
    asked = []
    monkeypatch.setattr(connection, "is_usable", lambda: asked.append(1) or True)
    monkeypatch.setattr(connection, "used_at", connection.used_at - 61)
    assert ask() == served
    assert asked
