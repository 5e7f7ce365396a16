"""What a button does is done once, however often it is pressed."""

import pytest
from django.db import connection

from tests.access.conftest import World
from tests.access.table import ADMIN, ALL, NOBODY, RULES

UNSAFE = [name for name, rule in RULES.items() if "POST" in rule.methods and rule.posts != NOBODY]
ADDED = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_xact_user_tables WHERE relname <> 'django_session'"


def added() -> int:
    """Rows, since the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute(ADDED)
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_the_second_time_nothing_is_made(world: World, name: str):
    who = RULES[name].posts
    client = world.clients[ADMIN if ADMIN in who and who != ALL else who[0]]
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
