"""What a snapshot is made with where nobody says otherwise."""

from collections.abc import Sequence

from django.db.models import Count

from labeling.comparisons.models import Assignment, Outcome
from labeling.datasets.margins import NONE
from labeling.datasets.wanted import Config
from labeling.projects.models import Axis, Project

SMALL = "small"


def usual_configs(axes: list[Axis]) -> list[Config]:
    """All that trainers take, but for what the project does not judge, and what takes long to compute."""
    not_judged = {Config(axis) for axis in Axis if axis not in axes}
    return [config for config in Config if config not in not_judged and config != Config.SOFT]


def usual_margin(project: Project, rounds: Sequence[int] = ()) -> str:
    """A preset. None where most of what was judged, in these rounds or in all, came from elsewhere without a degree:
    files with margins would leave that out."""
    if not project.rounds.filter(imported=True).exists():
        return SMALL
    judged = Assignment.objects.counted().filter(comparison__project=project, judgement__outcome=Outcome.JUDGED)
    if rounds:
        judged = judged.filter(comparison__round__number__in=rounds)
    found = judged.aggregate(all=Count("pk"), with_degree=Count("judgement__degree"))
    return NONE if 2 * found["with_degree"] < found["all"] else SMALL
