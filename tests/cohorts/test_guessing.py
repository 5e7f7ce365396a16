"""Guessing passwords: how often one may try, over all web processes, and what one is told."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from psycopg.conninfo import make_conninfo

from labeling.cohorts.limits import AsJson, Shared
from labeling.stack import REPOSITORY, addresses
from tests.cohorts.limits import no_attempts
from tests.projects.pages import words

__all__ = ["no_attempts"]

PASSWORD = "correct horse battery"
ELSEWHERE = """
import django, sys
django.setup()
from django.test import Client
for number in range(5):
    tried = {"login": "alice@example.org", "password": f"wrong-{number}"}
    Client().post("/accounts/login/", tried, HTTP_HOST="localhost")
"""
pytestmark = pytest.mark.usefixtures("no_attempts")


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def attempt(login: str = "alice@example.org", password: str = "", **request: Any):
    """With the password, if any is given, else with a wrong one."""
    return Client().post("/accounts/login/", {"login": login, "password": password or "wrong"}, **request)


def test_after_five_it_says_when_to_try_again_and_the_right_one_does_not_help_before(alice):
    said = [words(attempt()) for _ in range(6)]
    assert all("not correct" in page for page in said[:5])
    assert "That was tried too often. Try again in 5 minutes." in said[5]
    assert attempt(password=PASSWORD).status_code == 200


def test_it_counts_what_was_tried_in_another_process(alice):
    database = make_conninfo(addresses().database, dbname=connection.settings_dict["NAME"])
    env = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "labeling.settings"}
    subprocess.run([sys.executable, "-c", ELSEWHERE], cwd=REPOSITORY, env=env, check=True)
    assert "tried too often" in words(attempt(password=PASSWORD))


ONE_ACCOUNT = [
    {"HTTP_HOST": "localhost"},
    {"HTTP_HOST": "127.0.0.1:8000"},
    {"HTTP_HOST": "127.0.0.1:8001"},
    {"login": "ALICE@example.org"},
    {"login": " alice@example.org "},
]


def test_it_counts_them_together_however_the_page_and_the_account_are_addressed(alice):
    for place, how in enumerate(ONE_ACCOUNT):
        assert "not correct" in words(attempt(**how, REMOTE_ADDR=f"10.0.0.{place}"))
    assert "tried too often" in words(attempt(REMOTE_ADDR="10.0.0.9"))


def test_one_address_tries_ten_accounts_a_minute(alice):
    for number in range(10):
        assert "not correct" in words(attempt(f"nobody-{number}@example.org"))
    assert "Try again in 1 minute." in words(attempt(password=PASSWORD))
    assert attempt(password=PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_no_browser_chooses_the_address_it_is_counted_under(alice):
    for number in range(5):
        attempt(f"nobody-{number}@example.org", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    for number in range(5, 10):
        attempt(f"nobody-{number}@example.org", HTTP_X_REAL_IP=f"10.0.0.{number}")
    assert "tried too often" in words(attempt(HTTP_X_FORWARDED_FOR="10.0.0.99"))


def test_signing_in_again_and_again_is_no_guessing(alice):
    assert [attempt(password=PASSWORD).status_code for _ in range(12)] == [302] * 12


@pytest.fixture
def valkey_away(settings):
    where = {"LOCATION": ["redis://127.0.0.1:1/1"]}
    settings.CACHES = configured.CACHES | {"default": configured.CACHES["default"] | where}
    Shared.away_until = 0.0
    yield
    Shared.away_until = 0.0


def test_while_valkey_is_away_one_signs_in_and_the_process_counts_by_itself(alice, valkey_away, caplog):
    assert attempt(password=PASSWORD).status_code == 302
    assert len([record for record in caplog.records if record.name == "labeling.cohorts.limits"]) == 1
    for _ in range(5):
        attempt()
    assert "Try again in 5 minutes." in words(attempt(password=PASSWORD))


def test_who_writes_to_valkey_runs_no_code_here():
    with pytest.raises(ValueError):
        AsJson().loads(b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.")
