"""What the annotator model says of a project: of each comparison how probably its first response is better, and of each
person what they are good at. From what `reading.said_in` has read, so both are functions of the same judgements.

Verdicts that count, and those on gold, are what it is given; nobody's second one on a comparison. Gold's answers are
told to it, but for one that is in doubt. Its probabilities are left as they are: gold is picked for being certain, and
to recalibrate on what is plain makes them too sure of the rest (docs/benchmarks.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from labeling.projects.models import Axis, Project
from labeling.quality.annotator_model import Booleans, Estimate, Floats, Integers, Judgements, estimate
from labeling.quality.calibration import steps
from labeling.quality.columns import columns
from labeling.quality.model_evidence import figures, foreseen, found
from labeling.quality.models import Bearing, GoldAnswer, Likely, NotProposed, Sureness

LONGEST = 3.0  # doublings: beyond eight times as long, more is the same
SURE = 0.98  # of an answer that is proposed as certain
SUREST = 50  # of them, on an axis
PAUSE = 30 * 60  # seconds without a judgement, after which a sitting is another one

SAID = """
SELECT comparison, person, subject, known, step, chose_a, x, at FROM (
    SELECT DISTINCT ON (said.comparison, said.person) said.comparison, said.person,
        coalesce(array_position(%s::text[], said.subject), 0) - 1 AS subject, coalesce(gold.known, 0) AS known,
        said.step, said.chose_a, coalesce(said.x, 0) AS x, extract(epoch FROM said.at)::float8 AS at
    FROM quality_said said
    LEFT JOIN (
        SELECT gold.comparison_id, CASE WHEN gold.chosen_id = compared.first_id THEN 1 ELSE -1 END AS known
        FROM quality_goldanswer gold JOIN comparisons_comparison compared ON compared.id = gold.comparison_id
        WHERE gold.axis = %s AND gold.retired_at IS NULL AND gold.suspended_at IS NULL
    ) gold ON gold.comparison_id = said.comparison
    WHERE said.axis = %s AND said.step IS NOT NULL AND NOT said.withdrawn AND (said.counted OR said.kind = 'gold')
    ORDER BY said.comparison, said.person, said.at
) said ORDER BY comparison, person
"""
KINDS = {
    **{"comparison": "uuid", "person": "bigint", "subject": "integer", "known": "integer", "step": "integer"},
    **{"chose_a": "boolean", "x": "float8", "at": "float8"},
}
SUBJECTS = """
SELECT DISTINCT subject FROM quality_said
WHERE axis = %s AND subject <> '' AND step IS NOT NULL AND NOT withdrawn AND (counted OR kind = 'gold')
ORDER BY subject
"""


@dataclass(frozen=True)
class Modelled:
    """The judgements on an axis as the model takes them, and whose and of what they are."""

    judgements: Judgements
    subject: Integers  # (n,) of the prompt, −1 for none
    late: Booleans  # (n,) in the second half of a sitting
    people: list[int]
    keys: NDArray[np.void]  # (C,) of the comparisons
    subjects: list[str]  # a risk, or a language

    @property
    def comparisons(self) -> list[UUID]:
        return [UUID(bytes=key) for key in self.keys.tolist()]


def read(axis: Axis) -> Modelled:
    """Inside `reading.said_in`."""
    with connection.cursor() as cursor:
        cursor.execute(SUBJECTS, [axis])
        subjects = [subject for (subject,) in cursor]
    rows = columns(SAID, [subjects, axis, axis], KINDS)
    people, person = np.unique(rows["person"], return_inverse=True)
    begins = changes(rows["comparison"])
    first = rows["step"] > 0
    judgements = Judgements(
        annotator=person,
        comparison=np.cumsum(begins) - 1,
        chose_first=first,
        first_left=first == rows["chose_a"],
        doublings=np.clip(rows["x"], -LONGEST, LONGEST),
        degree=np.abs(rows["step"]),
        known=rows["known"][begins],
        annotators=len(people),
    )
    keys, sitting = rows["comparison"][begins], late(person, rows["at"])
    return Modelled(judgements, rows["subject"], sitting, people.tolist(), keys, subjects)


def changes(sorted_keys: NDArray[np.void]) -> Booleans:
    """(n,) whether a key is another one than that before."""
    halves = sorted_keys.view(np.uint64).reshape(-1, 2)
    return np.append(True, (halves[1:] != halves[:-1]).any(axis=1))[: len(halves)]


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


def concluded(
    project: Project, heard: Callable[[float], None] = lambda share: None
) -> tuple[list[Bearing], list[Likely], list[Sureness]]:
    """None of them saved. Inside `reading.said_in`. `heard` is told which share of the way is behind us."""
    bore: list[Bearing] = []
    surest: list[Likely] = []
    sure: list[Sureness] = []
    axes = project.axes_in_order()
    for number, axis in enumerate(axes):

        def on_axis(share: float, before: int = number) -> None:
            heard((before + share) / len(axes))

        modelled = read(axis)
        its = estimate(modelled.judgements, on_axis)
        bore += bearings(project, axis, modelled, its)
        surest += likely(project, axis, modelled, its.first_better)
        found = [[one.said, one.hits, one.of] for one in steps(*foreseen(modelled.judgements, its))]
        sure.append(Sureness(project=project, axis=axis, steps=found))
    return bore, surest, sure


def likely(project: Project, axis: Axis, modelled: Modelled, first_better: Floats) -> list[Likely]:
    """The surest that several people judged, of those that may still become certain answers."""
    place = {"project": project, "axis": axis}
    closed = {
        key
        for found in (GoldAnswer.objects.filter(**place), NotProposed.objects.filter(**place))
        for key in found.values_list("comparison", flat=True)
    }
    judged = np.bincount(modelled.judgements.comparison, minlength=len(first_better))
    sure = np.where(judged > 1, np.maximum(first_better, 1 - first_better), 0.0)
    several = np.flatnonzero(sure >= SURE)
    surest = several[np.argsort(-sure[several], kind="stable")][: SUREST + len(closed)]
    keys = [UUID(bytes=key) for key in modelled.keys[surest].tolist()]
    found = [
        Likely(**place, comparison_id=key, first=bool(first_better[one] > 0.5), sure=float(sure[one]))
        for key, one in zip(keys, surest, strict=True)
        if key not in closed
    ]
    return found[:SUREST]


def bearings(project: Project, axis: Axis, modelled: Modelled, its: Estimate) -> Iterator[Bearing]:
    judgements = modelled.judgements
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
