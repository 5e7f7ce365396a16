"""What the workbench reads, in one statement a question.

The rows of a pair come along as JSON, of which `instance` makes models again. Django needs longer to put together a
query over so many tables than PostgreSQL to answer it, and would do so again for every request.

A page that shows more asks no more: a new column of these rows comes along by itself, what belongs to a pair is another
entry of `pairs`, and what belongs to a person at work another one of `desks.DESKS`. A test holds the number of
statements that a judgement and the pair after it take.
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from django.db.models import ForeignKey, Model

from labeling import rows
from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison
from labeling.comparisons.models.holding import LOCK, LOCK_OWN, OWN_ROWS, PLANS, ROWS
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.postgresql.statements import Statement
from labeling.projects.models import Axis, GuidelineVersion, Project, Round, still

M = TypeVar("M", bound=Model)

READERS: dict[str, Callable[[str], Any]] = {
    "UUIDField": uuid.UUID,
    "DateTimeField": datetime.fromisoformat,
    "DateField": date.fromisoformat,
}


def pairs(
    assignments: str = "comparisons_assignment", dialogues: str = "dialogues_dialogue", *, place: bool = True
) -> str:
    """A statement that reads pairs whole; `assignments` and `dialogues` of a statement that has just written them.
    Without `place`, project and round are left out, for whoever has them."""
    where = "'project', project, 'round', round," if place else ""
    return f"""
        SELECT json_build_object(
            'assignment', assignment, 'comparison', comparison, {where} 'turn', turn,
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


BY_KEY = Statement(f"{pairs()} WHERE assignment.person_id = %(person)s AND assignment.id = %(key)s")


def holding(rows: str, kind: str, lock: str, more: str = "") -> Statement:
    """A statement that holds what a judgement depends on, and reads what it takes to make one."""
    return Statement(f"""
        SELECT json_build_object(
            'assignment', assignment, 'project', project, 'round', round, {more}
            'comparison', json_build_object(
                'id', comparison.id, 'project_id', project.id, 'round_id', round.id, 'turn_id', comparison.turn_id,
                'first_id', comparison.first_id, 'second_id', comparison.second_id,
                'created_at', comparison.created_at, 'ready_at', comparison.ready_at
            ),
            'first', json_build_object('id', comparison.first_id),
            'second', json_build_object('id', comparison.second_id)
        ), {still.SHARED}, {PLANS}
        {rows} WHERE assignment.person_id = %(person)s AND assignment.id = %(key)s AND assignment.kind {kind} {lock}
    """)


HELD_OWN = holding(OWN_ROWS, "= 'author'", LOCK_OWN, "'turn', turn, 'dialogue', dialogue,")
HELD_FOREIGN = holding(ROWS, "<> 'author'", LOCK)
UNJUDGED = "WHERE assignment.person_id = %(person)s AND assignment.done_at IS NULL"
OF_PAIR = Statement(f"""
    {pairs()} {UNJUDGED} AND comparison.id = %(pair)s
    AND (assignment.kind = 'author' OR assignment.leased_until > now())
""")
OF_TURN = Statement(f"""
    {pairs()} {UNJUDGED} AND assignment.kind = 'author' AND comparison.round_id = %(round)s AND turn.id = %(turn)s
    AND dialogue.ended_at IS NULL
""")


def assignment(person: Person, key: uuid.UUID) -> Assignment | None:
    """This person's, with all that its page shows."""
    return first_axis(BY_KEY, person=person.pk, key=key)


def held(person: Person, key: uuid.UUID) -> Assignment | None:
    """This person's, held as `Assignment.hold` does until the transaction ends, with what it takes to judge it: without
    its texts, which nobody reads then."""
    whose: dict[str, Any] = {"person": person.pk, "key": key}
    found = first_axis(HELD_OWN, **whose) or first_axis(HELD_FOREIGN, **whose)
    if found:
        comparison = found.comparison
        found.takes_work = found.may_be_judged_in(comparison.round.state) and comparison.project.stopped_at is None
    return found


def next_of_pair(person: Person, comparison: uuid.UUID) -> Assignment | None:
    """The next axis of this pair, their own or one that is leased to them."""
    return first_axis(OF_PAIR, person=person.pk, pair=comparison)


def next_of_turn(person: Person, round_: Round, turn: uuid.UUID) -> Assignment | None:
    """The next axis of this own pair, while its dialogue goes on."""
    return first_axis(OF_TURN, person=person.pk, round=round_.pk, turn=turn)


def first_axis(statement: Statement, place: Round | None = None, **values: Any) -> Assignment | None:
    """`place` is the round, with its project, of a statement that leaves them out."""
    found = [_joined(parts, place) for parts, *_held in statement.rows(values)]
    return min(found, key=lambda assignment: AXES.index(assignment.axis), default=None)


AXES = Axis.values  # which makes a list each time it is asked
PARTS: dict[str, type[Model]] = {
    "project": Project,
    "round": Round,
    "first": Completion,
    "second": Completion,
    "turn": Turn,
}  # of a comparison


def _joined(parts: dict[str, Any], place: Round | None) -> Assignment:
    assignment = instance(Assignment, parts["assignment"])
    comparison: Comparison = instance(Comparison, parts["comparison"])
    of_comparison = {name: instance(model, parts[name]) for name, model in PARTS.items() if parts.get(name)}
    if place:
        of_comparison |= {"round": place, "project": place.project}
    elif "round" in of_comparison:
        rows.join(of_comparison["round"], project=of_comparison["project"])
    rows.join(comparison, **of_comparison)
    rows.join(assignment, comparison=comparison)
    if "guideline" in parts:
        rows.join(assignment, guideline=instance(GuidelineVersion, parts["guideline"]))
        assignment.guideline.wording = parts["wording"] or assignment.guideline.text
    if "turn" in of_comparison:
        rows.join(of_comparison["turn"], comparison=comparison)
        if parts.get("dialogue"):
            rows.join(of_comparison["turn"], dialogue=instance(Dialogue, parts["dialogue"]))
    return assignment


def instance(model: type[M], values: dict[str, Any]) -> M:
    """Of a row that came as JSON."""
    for name, read in typed(model):
        if values.get(name) is not None:
            values[name] = read(values[name])
    return rows.made(model, values)


@cache
def typed(model: type[Model]) -> list[tuple[str, Callable[[str], Any]]]:
    """Columns for which JSON has no type, and how they are read from it."""
    found = []
    for field in model._meta.concrete_fields:
        kind = field.target_field if isinstance(field, ForeignKey) else field
        if read := READERS.get(kind.get_internal_type()):
            found.append((field.attname, read))
    return found
