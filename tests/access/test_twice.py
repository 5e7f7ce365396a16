"""What a button or a form does is done once, however often it is sent."""

import pytest
from django.db import connection

from tests.access.conftest import WRITTEN, World
from tests.access.table import NOBODY, RULES, one_of
from tests.access.twice import NOT_TWICE, PRESSED, sent

UNSAFE = {name for name, rule in RULES.items() if "POST" in rule.methods and rule.posts != NOBODY}
ADDED = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_xact_user_tables WHERE relname <> 'django_session'"


def counted(what: str) -> int:
    """Rows, since the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute(what)
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_the_second_time_nothing_is_made(world: World, name: str):
    client = world.clients[one_of(RULES[name].posts)]
    with world.undone(client):
        assert client.post(world.address(name)).status_code < 500
        before = counted(ADDED)
        assert client.post(world.address(name)).status_code < 500
        assert counted(ADDED) == before


@pytest.mark.parametrize("name", ["withdraw", "project_stop", "round_review", "exam_publish"])
def test_the_first_time_what_is_made_is_counted(world: World, name: str):
    client = world.clients[RULES[name].posts[-1]]
    with world.undone(client):
        before = counted(ADDED)
        client.post(world.address(name))
        assert counted(ADDED) > before


def test_a_form_that_is_sent_twice_does_what_it_does_once(world: World):
    wrong = {}
    for name, (path, body) in sent(world).items():
        client, done, added = world.clients[one_of(RULES[name].posts)], [counted(WRITTEN)], []
        with world.undone(client):
            for _time in range(2):
                assert client.post(path, body).status_code < 500, name
                done.append(counted(WRITTEN))
                added.append(counted(ADDED))
        if done[1] == done[0] or added[1] != added[0]:
            wrong[name] = f"{done[1] - done[0]} rows written, then {added[1] - added[0]} made"
    assert not wrong


def test_every_url_that_does_something_is_tried_twice_or_the_table_says_why_not(world: World):
    known = [set(sent(world)), PRESSED, set(NOT_TWICE) - PRESSED]
    assert set.union(*known) == UNSAFE
    assert sum(map(len, known)) == len(UNSAFE), "each is tried in one way"
