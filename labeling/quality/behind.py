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
from labeling.comparisons.judgements import people_of
from labeling.comparisons.models import Degree
from labeling.projects.models import Axis, Project, Round
from labeling.projects.typed import whole
from labeling.quality import reading
from labeling.quality.habits import SHARES
from labeling.quality.showing import DEGREES
from labeling.quality.telling import TOLD

MANY = 20_000  # judgements that are looked for
STATEMENT = f"""
WITH quality_said ({", ".join(reading.COLUMNS)}) AS (
    {reading.EVERYTHING} AND assignment.axis = %(axis)s{{among}}
), quality_vote AS ({reading.SEVERAL})
SELECT judgement, comparison, hit FROM ({{told}}) told WHERE {{theirs}} ORDER BY judgement DESC LIMIT %(many)s
"""  # noqa: S608 - constants only
OF_ROUND = " AND comparison.round_id = %(round)s"
OF_PERSON = " AND comparison.id IN (SELECT comparison_id FROM comparisons_assignment WHERE person_id = %(person)s)"
FIGURES: dict[str, Promise] = {
    **SHARES,
    "judged": _("Judgements"),
    "authored": _("What people said of pairs that they began"),
    "modelled": _("What the annotator model reads"),
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
    hit: bool


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
            person=next((one for one in people_of(project, None) if one.pk == key), None),
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

    def found(self) -> list[One]:
        """The newest first, whatever of them is asked for."""
        among = (OF_ROUND if self.round else "") + (OF_PERSON if self.person else "")
        theirs = "person = %(person)s" if self.person else "true"
        statement = STATEMENT.format(told=TOLD[self.figure], among=among, theirs=theirs)
        keys: dict[str, Any] = {"project": self.project.pk, "axis": self.axis, "many": MANY}
        keys |= {"round": self.round.pk if self.round else None, "person": self.person.pk if self.person else None}
        with connection.cursor() as cursor:
            cursor.execute(statement, keys)
            return [One(*row) for row in cursor]
