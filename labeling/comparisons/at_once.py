"""How much one person may have open at the same time: nobody keeps the work of others to themselves."""

from django.db import connection

from labeling.cohorts.models import Person
from labeling.projects.models import Round

MOST_WRITTEN = 2  # pairs that are being written for one person
MOST_UNJUDGED = MOST_WRITTEN + 1  # with the one that is judged meanwhile

HOLD = """
SELECT round.state = 'open' AND project.stopped_at IS NULL
FROM projects_round round
JOIN projects_project project ON project.id = round.project_id
CROSS JOIN cohorts_person person
WHERE round.id = %s AND person.id = %s
FOR SHARE OF round, project FOR NO KEY UPDATE OF person
"""

OPEN = """
SELECT count(DISTINCT comparison.id)
FROM comparisons_assignment assignment
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
JOIN dialogues_turn turn ON turn.id = comparison.turn_id
JOIN dialogues_dialogue dialogue ON dialogue.id = turn.dialogue_id
WHERE assignment.person_id = %(person)s AND assignment.kind = 'author' AND assignment.done_at IS NULL
    AND comparison.round_id = %(round)s AND dialogue.ended_at IS NULL
"""
"""How many pairs a person has to judge in a round."""


class TooManyAtOnce(Exception):
    """The person must judge one of their pairs before they get another one, from however many tabs they ask."""


def hold(person: Person) -> None:
    """Whatever gives this person a pair comes one after the other, until the transaction ends.

    The round is held before the person, and the person before any dialogue. Rows that only refer to the person are
    written meanwhile.
    """
    Person.objects.select_for_update(no_key=True).values_list("pk").get(pk=person.pk)


def hold_in(round_: Round, person: Person) -> bool:
    """The round, as `Round.hold_open` does, and then the person; whether the round takes work."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [round_.pk, person.pk])
        return bool(cursor.fetchone()[0])


def has_enough_open(person: Person, round_: Round) -> bool:
    """Whether they have as many pairs to judge as they may; stays so until they judge, while the person is held."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"person": person.pk, "round": round_.pk})
        return bool(cursor.fetchone()[0] >= MOST_UNJUDGED)
