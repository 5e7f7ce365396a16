"""Judging in a project, and ending that.

What is judged is of a project and a round that take work. Rows that many hold at once are written with each of them: at
32 annotators that was a fifth of all time. So they hold a lock that is in memory alone.
"""

from django.db import connection

LOCK = 0x7A20  # of PostgreSQL's advisory locks
SHARED = f"pg_advisory_xact_lock_shared({LOCK}, project.id::int)"
"""One of many who judge in a project, for a statement that has it. From then on project and round stay as the next
statement of the transaction finds them: this one may have read them before it got the lock."""


def hold(project: int) -> None:
    """Nobody judges in it until the transaction ends; who has begun to is waited for.

    Before rows of the project or of its rounds, for some who judge will want to refer to them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, project])
