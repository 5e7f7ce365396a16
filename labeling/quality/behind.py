"""The judgements behind a figure, as telling.py says of what is judged now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.comparisons.models import Degree
from labeling.projects.models import Axis, Project, Round
from labeling.projects.typed import whole
from labeling.quality import reading
from labeling.quality.habits import SHARES
from labeling.quality.showing import DEGREES
from labeling.quality.telling import MAYBE, RARE, TOLD

MANY = 2_000  # judgements that are looked at, and so few counted
OF_ONE = 20_000  # of one person
STATEMENT = f"""
WITH newest AS MATERIALIZED (
    SELECT judgement.id, assignment.comparison_id
    FROM comparisons_judgement judgement
    JOIN comparisons_assignment assignment ON assignment.judgement_id = judgement.id
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE comparison.project_id = %(project)s AND judgement.axis = %(axis)s AND {{those}}
    ORDER BY {{order}} DESC LIMIT %(many)s
), theirs AS MATERIALIZED (
    SELECT * FROM comparisons_comparison WHERE id IN (SELECT comparison_id FROM newest)
), quality_said ({", ".join(reading.COLUMNS)}) AS (
    {reading.EVERYTHING.format(comparisons="theirs")} AND assignment.axis = %(axis)s
), quality_vote AS ({reading.SEVERAL})
SELECT newest.id, told.comparison, told.hit
FROM newest LEFT JOIN ({{told}}) told ON told.judgement = newest.id ORDER BY newest.id DESC
"""  # noqa: S608 - constants only
"""The newest that may be behind a figure, so many of them; empty where one is not. All that was said of their pairs is
read, for it may depend on that."""
FIGURES: dict[str, Promise] = {
    **SHARES,
    "answered": _("Answers"),
    "cannot": _("Cannot be judged"),
    "judged": _("Judgements"),
    "authored": _("What people said of pairs that they began"),
    "modelled": _("What the annotator model reads"),
    "foreseen": _("What the annotator model expected of people"),
    **{f"degree-{degree.value}": DEGREES[degree] for degree in Degree},
    "sent-back": _("Sent back"),
    "surplus": _("Surplus"),
    "withdrawn": _("Withdrawn"),
    "left-out": _("Left out of data sets"),
}
SAID: dict[str, tuple[Promise, Promise]] = {  # of those that are as the figure says, and of those that are not
    "majority": (_("as most others chose"), _("otherwise than most others")),
    "gold": (_("as expected"), _("otherwise than expected")),
    "repeats": (_("the same as before"), _("otherwise than before")),
    "side": (_("chose A"), _("chose B")),
    "longer": (_("chose the longer"), _("chose the shorter")),
}


class One(NamedTuple):
    judgement: int
    comparison: UUID  # what a copy is a copy of, where it is one
    hit: bool  # empty: the figure is not of it


@dataclass(frozen=True)
class Asked:
    """As an address says it. `hit`: only those that are as the figure says, or only those that are not."""

    project: Project
    axis: Axis
    figure: str
    round: Round | None = None
    person: Person | None = None
    hit: bool | None = None

    @classmethod
    def of(cls, figure: str, asked: Mapping[str, Any], project: Project, axis: Axis) -> Self:
        """What makes no sense asks for nothing."""
        key = whole(asked.get("person", ""))
        return cls(
            project=project,
            axis=axis,
            figure=figure,
            round=project.rounds.filter(number=whole(asked.get("round", "")) or 0).first(),
            person=Person.objects.filter(pk=key or 0, workdays__project=project).distinct().first(),
            hit={"1": True, "0": False}.get(asked.get("hit", "")) if figure in SAID else None,
        )

    @property
    def called(self) -> Promise:
        return FIGURES[self.figure]

    @property
    def address(self) -> str:
        said: dict[str, Any] = {"axis": self.axis}
        if self.round:
            said["round"] = self.round.number
        if self.person:
            said["person"] = self.person.pk
        if self.hit is not None:
            said["hit"] = int(self.hit)
        return f"?{urlencode(said)}"

    def only(self, hit: bool | None) -> "Asked":
        return replace(self, hit=hit)

    def word(self, hit: bool) -> Promise | str:
        return SAID[self.figure][not hit] if self.figure in SAID else ""

    def found(self, before: int | None) -> tuple[list[One], int | None]:
        """The newest first, whatever of them is asked for: of one person all, else those before that key, as many as
        are looked at; and the key below which there may be more."""
        those, keys = self.those(before)
        many = OF_ONE if self.person else MANY
        order = "judgement.id + 0" if self.person or self.figure in RARE else "judgement.id"  # few are sorted, not met
        statement = STATEMENT.format(told=TOLD[self.figure], those=those, order=order)
        with connection.cursor() as cursor:
            cursor.execute(statement, {**keys, "many": many})
            rows = [One(*row) for row in cursor]
        return [one for one in rows if one.hit is not None], rows[-1].judgement if len(rows) == many else None

    def those(self, before: int | None) -> tuple[str, dict[str, Any]]:
        keys: dict[str, Any] = {"project": self.project.pk, "axis": self.axis}
        conditions = [MAYBE.get(self.figure, "true")]
        if self.round:
            conditions.append("comparison.round_id = %(round)s")
            keys["round"] = self.round.pk
        if self.person:
            conditions.append("assignment.person_id = %(person)s")
            keys["person"] = self.person.pk
        elif before is not None:
            conditions.append("judgement.id < %(before)s")
            keys["before"] = before
        return " AND ".join(conditions), keys
