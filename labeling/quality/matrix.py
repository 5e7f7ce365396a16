"""Who agrees with whom: every two people on the pairs that both judged."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import QuerySet

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, Project
from labeling.quality.models import Agreement, Breakdown
from labeling.quality.showing import Figure, behind

PEOPLE = 25  # of a matrix that one can take in
LEAST = 50  # pairs of a list
STEPS = (0.3, 0.5, 0.7, 0.85)  # between the shades of AC2


@dataclass(frozen=True)
class Pair:
    """Two people who share as many comparisons as it takes to be kept."""

    one: Person
    other: Person
    url: str
    comparisons: int
    raw: Figure
    ac2: Figure

    @classmethod
    def of(cls, row: Agreement) -> "Pair":
        one, other = cast(Person, row.person), cast(Person, row.other)
        url = behind(row.project, row.axis, person=one.pk, other=other.pk)
        return cls(one, other, url, row.comparisons, Figure(*row.figures["raw"]), Figure(*row.figures["ac2"]))

    @property
    def figures(self) -> tuple[Figure, Figure]:
        return self.raw, self.ac2

    @property
    def shade(self) -> int:
        """0 to 4, the less they agree the lower."""
        return sum((self.ac2.value or 0) >= step for step in STEPS)


@dataclass(frozen=True)
class Matrix:
    """Of those who judged most with others, `left_out` others are in no row. A row has a cell for each person, empty
    for oneself and for whom nothing joins."""

    rows: list[tuple[Person, list[tuple[Person, Pair | None]]]]
    left_out: int

    @classmethod
    def of(cls, kept: QuerySet[Agreement]) -> "Matrix":
        shared = Counter[int]()
        for one, other, comparisons in kept.values_list("person", "other", "comparisons"):
            shared.update({one: comparisons, other: comparisons})
        shown = [key for key, _shared in shared.most_common(PEOPLE)]
        found = [Pair.of(row) for row in kept.filter(person__in=shown, other__in=shown)]
        cells = {frozenset((pair.one.pk, pair.other.pk)): pair for pair in found}
        people = sorted({one for pair in found for one in (pair.one, pair.other)}, key=lambda one: one.pseudonym)
        rows = [(one, [(other, cells.get(frozenset((one.pk, other.pk)))) for other in people]) for one in people]
        return cls(rows, len(shared) - len(people))

    @property
    def people(self) -> list[Person]:
        return [person for person, _cells in self.rows]


def kept(project: Project, axis: Axis) -> QuerySet[Agreement]:
    rows = Agreement.objects.filter(project=project, axis=axis, by=Breakdown.PAIR)
    return rows.select_related("project", "person", "other")


def least(kept: QuerySet[Agreement]) -> list[Pair]:
    """Those who agree least come first."""
    return [Pair.of(row) for row in kept.order_by("figures__ac2__0", "-comparisons", "pk")[:LEAST]]


def file(kept: QuerySet[Agreement]) -> Iterator[list[Any]]:
    """By pseudonym, whoever asks."""
    yield [
        "person",
        "other",
        "comparisons",
        *(f"{name}{end}" for name in ("raw", "ac2") for end in ("", "_low", "_high")),
    ]
    rows: Iterable[Agreement] = kept.order_by("person__pseudonym", "other__pseudonym").iterator()
    for pair in map(Pair.of, rows):
        figures = [number for figure in pair.figures for number in vars(figure).values()]
        yield [pair.one.pseudonym, pair.other.pseudonym, pair.comparisons, *figures]
