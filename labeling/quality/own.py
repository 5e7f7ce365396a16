"""What people are shown of their own figures: how they do with what depends on nobody else."""

from collections import defaultdict
from typing import Any

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, Project
from labeling.quality.models import Counts
from labeling.quality.shares import Share

ENOUGH = 20  # answers; of fewer one could find out which had been known
SHARES = ("gold", "repeats")


def own_figures(person: Person) -> list[dict[str, Any]]:
    """By project and axis; None where too few answers were known, or seen again."""
    found: dict[tuple[int, str, str], Share] = defaultdict(Share)
    for row in Counts.objects.filter(person=person):
        for name in SHARES:
            found[row.project_id, row.axis, name] += Share(getattr(row, name), getattr(row, f"{name}_of"))
    told = {key: share for key, share in found.items() if share.of >= ENOUGH}
    projects = Project.objects.in_bulk({project for project, _axis, _name in told})
    return [
        {
            **{"project": projects[project], "axis": Axis(axis).label},
            **{name: told.get((project, axis, name)) for name in SHARES},
        }
        for project, axis in sorted({key[:2] for key in told})
    ]
