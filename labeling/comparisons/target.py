"""How many comparisons a round asks for, held where nobody would lose what they typed."""

from django.db import connection

from labeling.comparisons.models import Comparison
from labeling.projects.models import Round

LOCK = 0x7A1E  # of PostgreSQL's advisory locks: the last pairs of a round are handed out one after the other
NEAR = 100  # comparisons before the target; fewer than so many people are handed one in the same moment


class RoundHasEnough(Exception):
    """What the target asks for is judged or under way. Nothing that somebody typed is ever refused with this."""


def is_full(round_: Round) -> bool:
    """Whether no prompt of the set may be handed out any more, which stays so until the transaction ends.

    The round and the person are held before this, dialogues after it.
    """
    if round_.target is None or Comparison.objects.filter(round=round_).count() < round_.target - NEAR:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, round_.pk])
    return Comparison.objects.enough_for(round_)
