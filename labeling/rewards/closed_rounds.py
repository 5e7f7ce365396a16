"""A quick reward model of each axis for every round that was closed, on all that was judged up to it."""

from django.db import transaction

from labeling.comparisons.models import Assignment
from labeling.datasets.margins import MARGINS
from labeling.datasets.models import Snapshot
from labeling.datasets.usual import usual_configs, usual_margin
from labeling.datasets.wanted import Filters, Wanted
from labeling.projects.models import Axis, Project, Round
from labeling.rewards import quick
from labeling.rewards.models import Run

AFTER = "after_round"  # in what a run wanted: the number of the round whose close it followed
MORE = 1.25  # judgements for each comparison to learn from: a tenth is held out, and of some there is nothing to learn


def ask() -> None:
    """For the round that was closed last in each project, once, if enough was judged by then to learn from."""
    closed = Round.objects.filter(state=Round.State.CLOSED).order_by("project_id", "-closed_at", "-number")
    for round_ in closed.distinct("project_id").select_related("project"):
        for axis in round_.project.axes_in_order():
            if not asked_for(round_, axis) and enough_for(round_.project, axis):
                ask_after(round_, axis)


def asked_for(round_: Round, axis: Axis) -> bool:
    mine = Run.objects.filter(project=round_.project, axis=axis, kind=Run.Kind.QUICK)
    return mine.filter(**{f"wanted__{AFTER}": round_.number}).exists()


def enough_for(project: Project, axis: Axis) -> bool:
    closed = {"comparison__project": project, "comparison__round__state": Round.State.CLOSED}
    judged = Assignment.objects.counted().filter(axis=axis, **closed)
    enough = round(MORE * quick.LEAST)
    return judged[:enough].count() == enough


@transaction.atomic
def ask_after(round_: Round, axis: Axis) -> None:
    """On a snapshot of all rounds that are closed, which both axes share."""
    project = Project.objects.select_for_update(no_key=True).get(pk=round_.project_id)
    if asked_for(round_, axis):
        return
    Run.objects.ask(
        project, kind=Run.Kind.QUICK, axis=axis, snapshot=snapshot_after(round_), wanted={AFTER: round_.number}
    )


def snapshot_after(round_: Round) -> Snapshot:
    """The one that is there already, if anybody has asked for just that since the round was closed."""
    project = round_.project
    axes = project.axes_in_order()
    rounds = project.rounds.filter(state=Round.State.CLOSED).order_by("number")
    closed = tuple(rounds.values_list("number", flat=True))
    wanted = Wanted(
        axes=tuple(map(str, axes)),
        filters=Filters(rounds=closed),
        margins=MARGINS.get(usual_margin(project, closed)),
        configs=tuple(usual_configs(axes)),
    ).kept()
    over = (Snapshot.State.FAILED, Snapshot.State.CANCELLED, Snapshot.State.ERASED)
    same = Snapshot.objects.filter(project=project, wanted=wanted, created_at__gt=round_.closed_at)
    return same.exclude(state__in=over).first() or Snapshot.objects.ask(project, wanted)
