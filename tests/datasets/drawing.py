"""What a snapshot would hold of a project, drawn and looked at."""

from typing import Any

from django.db import connection, transaction

from labeling.comparisons.models import Assignment
from labeling.datasets import gathering, making, membership
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Aggregation, Config, Filters, Wanted
from labeling.projects.models import Project

NOT_BELIEVING = (Config.HELPFULNESS, Config.SAFETY)


def wanted(project: Project, aggregation: str = "every", **fields: Any) -> Wanted:
    names = set(Filters.__dataclass_fields__)
    filters = Filters(**{name: fields.pop(name) for name in names & fields.keys()})
    axes = tuple(map(str, project.axes_in_order()))
    terms = {"axes": axes, "configs": NOT_BELIEVING, **fields}
    return Wanted(filters=filters, aggregation=Aggregation(aggregation), **terms)


def gathered(project: Project) -> None:
    for _ in gathering.gather(project):
        pass


def drawn(project: Project, aggregation: str = "every", **fields: Any) -> list[dict[str, Any]]:
    """The rows, in order."""
    gathered(project)
    with transaction.atomic(), connection.cursor() as cursor:
        membership.draw(project, wanted(project, aggregation, **fields))
        cursor.execute("SELECT * FROM datasets_drawn ORDER BY position")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def reasons(project: Project, aggregation: str = "every", **fields: Any) -> dict[Any, str]:
    """By assignment, "" where the judgement is in."""
    of = dict(Assignment.objects.values_list("judgement", "pk"))
    return {of[row["judgement"]]: row["reason"] for row in drawn(project, aggregation, **fields)}


def counted(project: Project, aggregation: str = "every", **fields: Any) -> Snapshot:
    """A snapshot whose members are written, and no file."""
    snapshot = Snapshot.objects.ask(project, wanted(project, aggregation, **fields).kept())
    assert snapshot.begin()
    making.count(snapshot)
    return snapshot
