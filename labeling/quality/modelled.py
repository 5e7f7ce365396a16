"""What the annotator model says of a project: of each comparison how probably its first response is better, and of each
person what they are good at. From what `reading.said_in` has read, so both are functions of the same judgements.

Verdicts that count, and those on gold, are what it is given; nobody's second one on a comparison. Gold's answers are
told to it, but for one that is in doubt. Its probabilities are left as they are: gold is picked for being certain, and
to recalibrate on what is plain makes them too sure of the rest (docs/benchmarks.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from labeling.projects.models import Axis, Project
from labeling.quality.annotator_model import Booleans, Floats, Integers, Judgements, estimate
from labeling.quality.model_evidence import figures, found
from labeling.quality.models import Bearing

LONGEST = 3.0  # doublings: beyond eight times as long, more is the same
PAUSE = 30 * 60  # seconds without a judgement, after which a sitting is another one

SAID = """
CREATE TEMPORARY TABLE quality_model AS
SELECT DISTINCT ON (said.comparison, said.person) said.comparison, said.person, said.step, said.chose_a,
    coalesce(said.x, 0) AS x, extract(epoch FROM said.at)::float8 AS at,
    coalesce(nullif(turn.risk, ''), said.language) AS subject
FROM quality_said said
JOIN comparisons_comparison comparison ON comparison.id = said.comparison
LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
WHERE said.axis = %s AND said.step IS NOT NULL AND NOT said.withdrawn AND (said.counted OR said.kind = 'gold')
ORDER BY said.comparison, said.person, said.at
"""
ROWS = """
SELECT dense_rank() OVER (ORDER BY person) - 1, dense_rank() OVER (ORDER BY comparison) - 1,
    CASE WHEN subject = '' THEN -1 ELSE dense_rank() OVER (ORDER BY subject = '', subject) - 1 END,
    step, chose_a, x, at
FROM quality_model ORDER BY comparison, person
"""
ROW = np.dtype([("person", "i8"), ("comparison", "i8"), ("subject", "i8"), ("step", "i8"), ("chose_a", "?"),
                ("x", "f8"), ("at", "f8")])  # fmt: skip
COMPARISONS = """
SELECT comparison, CASE WHEN gold.chosen_id IS NULL THEN 0 WHEN gold.chosen_id = compared.first_id THEN 1 ELSE -1 END
FROM (SELECT DISTINCT comparison FROM quality_model) said
JOIN comparisons_comparison compared ON compared.id = said.comparison
LEFT JOIN quality_goldanswer gold ON gold.comparison_id = comparison AND gold.axis = %s AND gold.retired_at IS NULL
    AND gold.suspended_at IS NULL
ORDER BY comparison
"""


@dataclass(frozen=True)
class Modelled:
    """The judgements on an axis as the model takes them, and whose and of what they are."""

    judgements: Judgements
    subject: Integers  # (n,) of the prompt, −1 for none
    late: Booleans  # (n,) in the second half of a sitting
    people: list[int]
    comparisons: list[UUID]
    subjects: list[str]  # a risk, or a language


def read(axis: Axis) -> Modelled:
    """Inside `reading.said_in`."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, [axis])
        try:
            cursor.execute(ROWS)
            rows = np.fromiter((tuple(row) for row in cursor), dtype=ROW)
            cursor.execute(COMPARISONS, [axis])
            compared = cursor.fetchall()
            people = column(cursor, "SELECT DISTINCT person FROM quality_model ORDER BY person")
            subjects = column(cursor, "SELECT DISTINCT subject FROM quality_model WHERE subject <> '' ORDER BY subject")
        finally:
            cursor.execute("DROP TABLE quality_model")
    first = rows["step"] > 0
    judgements = Judgements(
        annotator=rows["person"],
        comparison=rows["comparison"],
        chose_first=first,
        first_left=first == rows["chose_a"],
        doublings=np.clip(rows["x"], -LONGEST, LONGEST),
        degree=np.abs(rows["step"]),
        known=np.array([known for _, known in compared], dtype=np.int64),
        annotators=len(people),
    )
    return Modelled(
        judgements, rows["subject"], late(rows["person"], rows["at"]), people, [key for key, _ in compared], subjects
    )


def column(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return [value for (value,) in cursor]


def late(person: Integers, at: Floats) -> Booleans:
    """(n,) whether a judgement is in the second half of its sitting, by `at` in seconds."""
    order = np.lexsort((at, person))
    begins = np.append(True, (np.diff(person[order]) != 0) | (np.diff(at[order]) > PAUSE))[: len(order)]
    sitting = np.cumsum(begins) - 1
    place = np.arange(len(order)) - np.flatnonzero(begins)[sitting]
    found = np.empty(len(order), dtype=np.bool_)
    found[order] = 2 * place >= np.bincount(sitting)[sitting]
    return found


def probabilities(axis: Axis) -> dict[UUID, float]:
    """Of every comparison judged on the axis, that its first response is the better one. Inside `reading.said_in`."""
    modelled = read(axis)
    first_better = estimate(modelled.judgements).first_better
    return dict(zip(modelled.comparisons, first_better.tolist(), strict=True))


def bearings(project: Project) -> Iterator[Bearing]:
    """None of them saved. Inside `reading.said_in`."""
    for axis in project.axes_in_order():
        yield from of_axis(project, axis)


def of_axis(project: Project, axis: Axis) -> Iterator[Bearing]:
    modelled = read(axis)
    judgements = modelled.judgements
    its = estimate(judgements)
    shown = figures(its)
    seen = found(judgements, its, modelled.subject, len(modelled.subjects), modelled.late)
    judged = np.bincount(judgements.comparison, minlength=len(judgements.known))
    done = np.bincount(judgements.annotator, minlength=judgements.annotators)
    several = np.bincount(judgements.annotator[judged[judgements.comparison] > 1], minlength=judgements.annotators)
    names = ("guesses", "one_sided", "by_length", "tires")
    for place, person in enumerate(modelled.people):
        yield Bearing(
            project=project,
            axis=axis,
            person_id=person,
            judgements=int(done[place]),
            several=int(several[place]),
            figures={name: [float(part[place]) for part in vars(one).values()] for name, one in vars(shown).items()},
            found=[name for name in names if getattr(seen, name)[place]],
            dissents=[modelled.subjects[number] for number in np.flatnonzero(seen.dissents[place])],
        )
