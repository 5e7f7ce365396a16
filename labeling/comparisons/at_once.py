"""How much one person may have open at the same time, so that nobody keeps the work of others to themselves; and how
much they may have in a day, what is open included, so that no number of tabs gives them more."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, Round

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
SELECT comparison.id, comparison.round_id, comparison.ready_at, assignment.axis, assignment.created_at
FROM comparisons_assignment assignment
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
LEFT JOIN dialogues_dialogue dialogue ON dialogue.id = turn.dialogue_id
WHERE assignment.person_id = %(person)s AND assignment.done_at IS NULL AND CASE
    WHEN assignment.kind = 'author' THEN dialogue.ended_at IS NULL ELSE assignment.leased_until > now()
END
"""
"""The pairs that a person has to judge, in all rounds, a row for each axis: their own, and what is leased to them."""
EXPOSED = """
(
    SELECT coalesce(sum(done), 0)
    FROM comparisons_workday
    WHERE person_id = %(person)s AND day = %(today)s AND axis = 'safety'
) + (
    SELECT count(*)
    FROM comparisons_pass passed
    JOIN projects_round seen ON seen.id = passed.round_id
    JOIN projects_project about ON about.id = seen.project_id
    WHERE passed.person_id = %(person)s AND passed.created_at >= %(midnight)s AND passed.undone_at IS NULL
        AND 'safety' = ANY(about.axes)
) + (SELECT count(*) FROM open WHERE open.axis = 'safety')
"""
"""How many pairs of safety work a person has had since midnight: judged, passed on, or `open`."""
WORKS = "WHERE membership.paused_at IS NULL"
DONE_IN_ALL = """
(
    SELECT coalesce(sum(done), 0)
    FROM comparisons_workday
    WHERE person_id = %(person)s AND project_id = project.id AND axis = enrolment.axis
)
"""
"""Judgements of a person in a project on the axis of an enrolment, which only quotas in all ask for."""
ROOM = f"""
WITH open AS ({OPEN})
SELECT (SELECT count(DISTINCT open.id) FROM open WHERE open.round_id = round.id) < %(most)s
    AND (project.safety_per_day IS NULL OR 'safety' <> ALL(%(axes)s) OR {EXPOSED} < project.safety_per_day)
    AND NOT EXISTS (
        SELECT FROM projects_enrolment enrolment
        JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
        WHERE enrolment.project_id = project.id AND enrolment.axis = ANY(%(axes)s)
            AND membership.person_id = %(person)s AND membership.left_at IS NULL
        GROUP BY enrolment.axis
        HAVING bool_and(membership.paused_at IS NOT NULL) OR CASE
            WHEN bool_and(enrolment.quota_per_day IS NOT NULL) FILTER ({WORKS})
            THEN max(enrolment.quota_per_day) FILTER ({WORKS}) <= coalesce((
                SELECT workday.done FROM comparisons_workday workday
                WHERE workday.person_id = %(person)s AND workday.project_id = project.id AND workday.day = %(today)s
                    AND workday.axis = enrolment.axis
            ), 0) + (SELECT count(*) FROM open WHERE open.round_id = round.id AND open.axis = enrolment.axis)
            ELSE false
        END OR CASE
            WHEN bool_and(enrolment.quota_total IS NOT NULL) FILTER ({WORKS})
            THEN max(enrolment.quota_total) FILTER ({WORKS}) <= {DONE_IN_ALL} + (
                SELECT count(*) FROM open WHERE open.round_id = round.id AND open.axis = enrolment.axis
            )
            ELSE false
        END
    )
FROM projects_round round
JOIN projects_project project ON project.id = round.project_id
WHERE round.id = %(round)s
"""  # noqa: S608 - constants only
"""Whether a person may have one more pair, by what is open, by pauses and quotas, and by how much safety work there is
in a day. What is judged meanwhile changes nothing about it: the pair counts before as it does after."""


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


def has_room(person: Person, round_: Round, axes: Sequence[Axis]) -> bool:
    """Whether they may have one more pair on these axes; stays so, while the person is held, until they get one."""
    with connection.cursor() as cursor:
        cursor.execute(ROOM, asked(person, round_, axes))
        return bool(cursor.fetchone()[0])


def asked(person: Person, round_: Round, axes: Sequence[Axis]) -> dict[str, Any]:
    """What ROOM takes."""
    who = {"person": person.pk, "round": round_.pk, "axes": [str(axis) for axis in axes], "most": MOST_UNJUDGED}
    return {**who, **today()}


def today() -> dict[str, Any]:
    """The day that limits are about, and when it began."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return {"today": timezone.localdate(), "midnight": midnight}
