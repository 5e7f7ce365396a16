"""What was judged in a project, from PostgreSQL: one statement a breakdown, over a temporary table that is filled once.

So all breakdowns are of the same moment, and what is slow at a million judgements, to read each with its pair and the
lengths of its texts, is done once. The table is its connection's own.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from labeling.projects.models import Project
from labeling.quality.agreement import STEPS
from labeling.quality.models import Breakdown

MEMORY = "64MB"  # of PostgreSQL for each sorting or joining, else it goes by way of the disk
OWN_MEMORY = "SELECT set_config('work_mem', reset_val, false) FROM pg_settings WHERE name = 'work_mem'"
COLUMNS = {
    **{"judgement": "bigint", "kind": "text", "counted": "boolean", "sent_back": "boolean", "surplus": "boolean"},
    **{"comparison": "uuid", "round": "bigint", "axis": "text", "person": "bigint", "guideline": "bigint"},
    **{"language": "text", "at": "timestamptz", "step": "integer", "chose_a": "boolean", "x": "float8", "y": "integer"},
    **{"seconds": "float8", "read": "integer", "withdrawn": "boolean", "typed": "integer", "pasted": "integer"},
    **{"subject": "text"},
}
SAID = f"CREATE TEMPORARY TABLE quality_said ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
"""Every answer that stands, without last words: those are of reviewers, about whom nothing is asked here. `step` is
empty where nobody said a degree, as they need not elsewhere; where the pair could not be judged, `chose_a` is too.
`x` is the binary logarithm of the first response's length over the second's, where both have one, `y` whether the
first was chosen; `read` are the characters of both; the `subject` is the prompt's risk, or else its language. What
was judged of a copy of gold is said of the comparison it is a copy of."""

EVERYTHING = """
SELECT judgement.id, assignment.kind,
    assignment.slot IS NOT NULL,
    reviewed.judgement_id IS NOT NULL,
    assignment.slot IS NULL AND assignment.kind NOT IN ('gold', 'repeat')
        AND reviewed.judgement_id IS NULL,
    coalesce(copy.source_id, comparison.id), comparison.round_id, assignment.axis, assignment.person_id,
    assignment.guideline_id, coalesce(turn.language, comparison.language), judgement.created_at,
    CASE WHEN judgement.chosen_id = comparison.first_id THEN judgement.degree ELSE -judgement.degree END,
    (judgement.chosen_id = comparison.first_id) <> assignment.swapped,
    CASE WHEN judgement.chosen_id IS NOT NULL AND first.length > 0 AND second.length > 0
        THEN ln(first.length::float8 / second.length) / ln(2::float8) END,
    (judgement.chosen_id = comparison.first_id)::integer,
    judgement.active_seconds, first.length + second.length,
    EXISTS (
        SELECT FROM cohorts_withdrawal withdrawal WHERE withdrawal.person_id = assignment.person_id
        AND (withdrawal.back_at IS NULL OR withdrawal.back_at > judgement.created_at)
    ),
    CASE WHEN assignment.kind = 'author' THEN turn.typed_chars END,
    CASE WHEN assignment.kind = 'author' THEN turn.pasted_chars END,
    coalesce(nullif(turn.risk, ''), turn.language, comparison.language)
FROM {comparisons} comparison
JOIN comparisons_assignment assignment ON assignment.comparison_id = comparison.id
JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
JOIN (SELECT id, char_length(text) AS length FROM dialogues_completion) first ON first.id = comparison.first_id
JOIN (SELECT id, char_length(text) AS length FROM dialogues_completion) second ON second.id = comparison.second_id
LEFT JOIN quality_review reviewed ON reviewed.judgement_id = judgement.id AND reviewed.decision = 'rejected'
    AND NOT EXISTS (
        SELECT FROM quality_review later WHERE later.judgement_id = judgement.id AND later.number > reviewed.number
    )
LEFT JOIN quality_goldcopy copy ON copy.comparison_id = comparison.id
LEFT JOIN comparisons_comparison source ON source.id = copy.source_id
LEFT JOIN dialogues_turn turn ON turn.id = coalesce(source.turn_id, comparison.turn_id)
WHERE comparison.project_id = %(project)s AND assignment.kind <> 'adjudication'
"""
FILL = f"""
INSERT INTO quality_said SELECT * FROM ({EVERYTHING.format(comparisons="comparisons_comparison")}) everything
"""  # noqa: S608 - constants only

SEVERAL = """
SELECT judgement, comparison, round, axis, person, guideline, language, at, step FROM (
    SELECT *, count(*) OVER (PARTITION BY comparison, axis) AS votes FROM quality_said
    WHERE counted AND step IS NOT NULL AND NOT withdrawn
) vote WHERE votes > 1
"""
"""The verdicts that count, of comparisons that have several."""

VOTES = f"CREATE TEMPORARY TABLE quality_vote AS {SEVERAL}; ANALYZE quality_said, quality_vote"

BY = {Breakdown.ROUND: "round", Breakdown.GUIDELINE: "guideline", Breakdown.LANGUAGE: "language"}
BY_COHORT = """(
    SELECT DISTINCT vote.axis, vote.comparison, vote.person, vote.step, membership.cohort_id AS cohort
    FROM quality_vote vote
    JOIN cohorts_membership membership ON membership.person_id = vote.person AND membership.joined_at <= vote.at
        AND (membership.left_at IS NULL OR membership.left_at > vote.at)
    WHERE membership.cohort_id IN (SELECT cohort_id FROM projects_enrolment WHERE project_id = %s)
) vote"""
"""Each vote as one of every cohort of the project that the person was in then."""
TWO = """
SELECT one.axis, {keys}, ARRAY[least(one.step, two.step), greatest(one.step, two.step)] AS steps, count(*)
FROM quality_vote one JOIN quality_vote two USING (comparison, axis)
WHERE one.person {unlike} two.person GROUP BY one.axis, {keys}, steps
"""

Patterns = dict[tuple[int, ...], int]  # votes by step → comparisons


@contextmanager
def said_in(project: Project) -> Iterator[None]:
    """While it lasts the other functions read what is judged in the project now."""
    with connection.cursor() as cursor:
        cursor.execute(SAID)
        cursor.execute("SELECT set_config('work_mem', %s, false)", [MEMORY])
        try:
            cursor.execute(FILL, {"project": project.pk})
            cursor.execute(VOTES)
            yield
        finally:
            cursor.execute("DROP TABLE IF EXISTS quality_said, quality_vote")
            cursor.execute(OWN_MEMORY)


def patterns(by: Breakdown, project: Project) -> dict[tuple[Any, ...], Patterns]:
    """By axis and what it is broken down by, how often which votes fell on one comparison."""
    statement, parameters = statement_of(by, project)
    found: dict[tuple[Any, ...], Patterns] = defaultdict(lambda: defaultdict(int))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for *key, steps, times in cursor:
            found[tuple(key)][tuple(steps.count(step) for step in STEPS)] += times
    return found


def statement_of(by: Breakdown, project: Project) -> tuple[str, list[Any]]:
    """Two people are compared on each comparison that both judged: of one person, these are all pairs they are in."""
    if by == Breakdown.PAIR:
        return TWO.format(keys="one.person, two.person", unlike="<"), []
    if by == Breakdown.PERSON:
        return TWO.format(keys="one.person", unlike="<>"), []
    if by == Breakdown.COHORT:
        return grouped("axis, cohort", BY_COHORT), [project.pk]
    return grouped(f"axis, {BY[by]}" if by in BY else "axis", "quality_vote vote"), []


def grouped(keys: str, votes: str) -> str:
    return f"""
        SELECT {keys}, steps, count(*) FROM (
            SELECT {keys}, array_agg(step ORDER BY step) AS steps FROM {votes}
            GROUP BY {keys}, comparison HAVING count(*) > 1
        ) judged GROUP BY {keys}, steps
    """  # noqa: S608 - all of it is ours
