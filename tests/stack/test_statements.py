"""The short way to statements that are prepared, which says what a cursor of Django's would."""

import datetime
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from labeling.postgresql.statements import Statement

ENOUGH = 8  # times, after which psycopg has prepared it

SAID = {
    "number": 70_000,
    "key": uuid.uuid4(),
    "at": datetime.datetime(2026, 11, 26, 7, tzinfo=datetime.UTC),
    "words": ["one", "two"],
    "nothing": None,
    "yes": True,
}
ECHO = Statement("""
    SELECT %(number)s, %(key)s, %(at)s, %(words)s::text[], %(nothing)s::int, %(yes)s, '100 %%',
        json_build_object('n', %(number)s::int) AS object
""")


def prepared(statement: Statement, **values) -> Statement:
    for _ in range(ENOUGH):
        statement.rows(values)
    return statement


def by_cursor(statement: Statement, values) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, values)
        return cursor.fetchall()


def goes_the_short_way(statement: Statement, values) -> bool:
    return connection.ask_prepared(statement.numbered, [values[name] for name in statement.names]) is not None


@pytest.mark.django_db(transaction=True)
class TestStatements:
    def test_its_rows_are_those_of_a_cursor_before_and_after_it_is_prepared(self):
        expected = by_cursor(ECHO, SAID)
        assert [ECHO.rows(SAID) for _ in range(ENOUGH)] == [expected] * ENOUGH
        assert goes_the_short_way(ECHO, SAID)

    def test_what_fails_fails_as_django_says_it_and_the_transaction_is_over(self):
        divide = prepared(Statement("SELECT 1 / %(by)s::int"), by=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            try:
                divide.rows({"by": 0})
            finally:
                with pytest.raises((TransactionManagementError, DatabaseError)):
                    divide.rows({"by": 1})
        assert [divide.rows({"by": 1}) for _ in range(ENOUGH)] == [[(1,)]] * ENOUGH

    def test_it_is_in_the_transaction_that_it_begins(self):
        add = Statement("INSERT INTO django_content_type (app_label, model) VALUES ('x', %(model)s) RETURNING model")
        for place in range(ENOUGH):
            with transaction.atomic():
                add.rows({"model": f"kept {place}"})
                transaction.set_rollback(place % 2 == 1)
        left = by_cursor(Statement("SELECT model FROM django_content_type WHERE app_label = 'x' ORDER BY model"), {})
        by_cursor(Statement("DELETE FROM django_content_type WHERE app_label = 'x' RETURNING id"), {})
        assert left == [(f"kept {place}",) for place in range(0, ENOUGH, 2)]

    def test_what_is_refused_at_the_end_of_a_transaction_is_an_integrity_error(self):
        lost = Statement("INSERT INTO cohorts_membership (cohort_id, person_id, joined_at) VALUES (0, 0, %(at)s)")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(lost.text, {"at": SAID["at"]})
        assert connection.get_autocommit() and ECHO.rows(SAID)

    def test_a_server_that_has_gone_is_away_and_not_merely_wrong(self):
        prepared(ECHO, **SAID)
        with pytest.raises(OperationalError), transaction.atomic():
            by_cursor(Statement("SELECT pg_terminate_backend(pg_backend_pid())"), {})
            ECHO.rows(SAID)
        assert ECHO.rows(SAID)

    def test_one_that_goes_while_it_is_waited_for_is_so_too(self):
        ends = Statement("SELECT CASE WHEN %(really)s THEN pg_terminate_backend(pg_backend_pid()) END, pg_sleep(0)")
        prepared(ends, really=False)
        assert goes_the_short_way(ends, {"really": False})
        with pytest.raises(OperationalError):
            ends.rows({"really": True})
        connection.close()
        assert ECHO.rows(SAID)

    def test_it_is_told_among_the_queries_where_these_are_noted(self, django_assert_num_queries):
        prepared(ECHO, **SAID)
        with django_assert_num_queries(1):
            ECHO.rows(SAID)
