"""What the workbench reads, in one statement a question.

The rows of a pair come along as JSON, of which `instance` makes models again. Django needs longer to put together a
query over so many tables than PostgreSQL to answer it, and would do so again for every request.

A page that shows more asks no more: a new column of these rows comes along by itself, what belongs to a pair is another
entry of `pairs`, and what belongs to a person at work another one of `desks.DESKS`. A test holds the number of
statements that a judgement and the pair after it take.
"""

import uuid
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Axis, GuidelineVersion, Project, Round

M = TypeVar("M", bound=Model)


def pairs(assignments: str = "comparisons_assignment", dialogues: str = "dialogues_dialogue") -> str:
    """A statement that reads pairs whole; `assignments` and `dialogues` of a statement that has just written them."""
    return f"""
        SELECT json_build_object(
            'assignment', assignment, 'comparison', comparison, 'project', project, 'round', round, 'turn', turn,
            'dialogue', dialogue, 'first', one, 'second', other, 'guideline', guideline, 'wording', (
                SELECT text FROM projects_clarification WHERE guideline_id = guideline.id ORDER BY id DESC LIMIT 1
            )
        )
        FROM {assignments} assignment
        JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
        JOIN projects_project project ON project.id = comparison.project_id
        JOIN projects_round round ON round.id = comparison.round_id
        JOIN dialogues_completion one ON one.id = comparison.first_id
        JOIN dialogues_completion other ON other.id = comparison.second_id
        JOIN projects_guidelineversion guideline ON guideline.id = assignment.guideline_id
        LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
        LEFT JOIN {dialogues} dialogue ON dialogue.id = turn.dialogue_id
    """  # noqa: S608 - names only


BY_KEY = f"{pairs()} WHERE assignment.person_id = %(person)s AND assignment.id = %(key)s"
UNJUDGED = """
    WHERE assignment.person_id = %(person)s AND assignment.kind = 'author' AND assignment.done_at IS NULL
"""
OF_PAIR = f"{pairs()} {UNJUDGED} AND comparison.id = %(pair)s"
OF_TURN = (
    f"{pairs()} {UNJUDGED} AND comparison.round_id = %(round)s AND turn.id = %(turn)s AND dialogue.ended_at IS NULL"
)
NEXT_PAIR = f"""
    SELECT comparison.id
    FROM comparisons_assignment assignment
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    JOIN dialogues_turn turn ON turn.id = comparison.turn_id
    JOIN dialogues_dialogue dialogue ON dialogue.id = turn.dialogue_id
    {UNJUDGED} AND comparison.round_id = round.id AND dialogue.ended_at IS NULL
    ORDER BY EXISTS (
        SELECT FROM comparisons_assignment done
        WHERE done.comparison_id = comparison.id AND done.person_id = %(person)s AND done.done_at IS NOT NULL
    ) DESC, comparison.ready_at IS NOT NULL DESC, assignment.created_at DESC
    LIMIT 1
"""  # noqa: S608 - constants only
"""Of a person's own pairs in a round: the one begun on its first axis, else one that is complete, else the newest."""


def assignment(person: Person, key: uuid.UUID) -> Assignment | None:
    """This person's, with all that its page shows."""
    return first_axis(BY_KEY, person=person.pk, key=key)


def next_of_pair(person: Person, comparison: uuid.UUID) -> Assignment | None:
    """The next axis of this own pair."""
    return first_axis(OF_PAIR, person=person.pk, pair=comparison)


def next_of_turn(person: Person, round_: Round, turn: uuid.UUID) -> Assignment | None:
    """The next axis of this own pair, while its dialogue goes on."""
    return first_axis(OF_TURN, person=person.pk, round=round_.pk, turn=turn)


def first_axis(statement: str, **values: Any) -> Assignment | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = [_joined(rows) for (rows,) in cursor.fetchall()]
    return min(found, key=lambda assignment: Axis.values.index(assignment.axis), default=None)


def _joined(rows: dict[str, Any]) -> Assignment:
    assignment: Any = instance(Assignment, rows["assignment"])
    comparison = assignment.comparison = instance(Comparison, rows["comparison"])
    comparison.project, comparison.round = instance(Project, rows["project"]), instance(Round, rows["round"])
    comparison.round.project = comparison.project
    comparison.first, comparison.second = instance(Completion, rows["first"]), instance(Completion, rows["second"])
    assignment.guideline = instance(GuidelineVersion, rows["guideline"])
    assignment.guideline.wording = rows["wording"] or assignment.guideline.text
    if rows["turn"]:
        comparison.turn = instance(Turn, rows["turn"])
        comparison.turn.dialogue = instance(Dialogue, rows["dialogue"])
    return assignment


def instance(model: type[M], values: dict[str, Any]) -> M:
    """The row as Django would have made it; columns that are missing are read when somebody asks for them."""
    fields = [field for field in model._meta.concrete_fields if field.attname in values]
    cells = [field.to_python(values[field.attname]) for field in fields]
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], cells)
