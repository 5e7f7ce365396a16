"""What a button does is done once, however often it is pressed."""

import pytest
from django.db import connection

from tests.access.bodies import filled_in
from tests.access.conftest import World
from tests.access.table import NOBODY, RULES, one_of

UNSAFE = [name for name, rule in RULES.items() if "POST" in rule.methods and rule.posts != NOBODY]
ADDED = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_xact_user_tables WHERE relname <> 'django_session'"


def added() -> int:
    """Rows, since the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute(ADDED)
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_the_second_time_nothing_is_made(world: World, name: str):
    client = world.clients[one_of(RULES[name].posts)]
    with world.undone(client):
        assert client.post(world.address(name)).status_code < 500
        before = added()
        assert client.post(world.address(name)).status_code < 500
        assert added() == before


@pytest.mark.parametrize("name", ["withdraw", "project_stop", "round_review", "exam_publish"])
def test_the_first_time_what_is_made_is_counted(world: World, name: str):
    client = world.clients[RULES[name].posts[-1]]
    with world.undone(client):
        before = added()
        client.post(world.address(name))
        assert added() > before


def test_a_form_that_is_sent_twice_makes_its_rows_once(world: World):
    wrong = {}
    for name, body in filled_in().items():
        client, path, counts = world.clients[one_of(RULES[name].posts)], world.address(name), [added()]
        with world.undone(client):
            for _time in range(2):
                assert client.post(path, body).status_code < 500, name
                counts.append(added())
        before, once, twice = counts
        if not before < once == twice:
            wrong[name] = f"{once - before} rows, then {twice - once}"
    assert not wrong
