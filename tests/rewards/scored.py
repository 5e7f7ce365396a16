"""Reward models that have said something of comparisons, as if a worker had made them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from labeling.comparisons.models import Comparison
from labeling.datasets.models import Root, Snapshot
from labeling.projects.models import Axis, Project
from labeling.rewards import reporting
from labeling.rewards.models import Run, Score
from labeling.rewards.opinions import Asked
from tests.datasets.drawing import counted, gathered

SAID = Asked([{"role": "user", "content": "Why?"}], ["Because."])
Says = Callable[[Comparison], tuple[float, float]]


def hold_out(project: Project, comparisons: Iterable[Comparison] | None = None) -> None:
    """As the close of its first round would: what these begin with, or all that was judged."""
    gathered(project)
    roots = Root.objects.filter(prompts__gists__comparison__project=project, side="")
    if comparisons is not None:
        roots = roots.filter(prompts__gists__comparison__in=list(comparisons))
    decided = {"decided_at": timezone.now(), "decided_by": project.rounds.get(number=1)}
    Root.objects.filter(pk__in=roots.values("pk")).update(side=Root.Side.HELD_OUT, **decided)


def held_out(project: Project, aggregation: str = "majority") -> Snapshot:
    """A snapshot of all that is judged, which holds out all of it."""
    hold_out(project)
    return counted(project, aggregation)


def asked(snapshot: Snapshot, axis: str = Axis.HELPFULNESS, **fields: Any) -> Run:
    terms = {"kind": Run.Kind.QUICK, "wanted": {}, **fields}
    return Run.objects.ask(snapshot.project, snapshot=snapshot, axis=axis, **terms)


def ready(snapshot: Snapshot, says: Says, axis: str = Axis.HELPFULNESS, **fields: Any) -> Run:
    """One that says so of every comparison of the project."""
    run = asked(snapshot, axis, **fields)
    comparisons = Comparison.objects.filter(project=snapshot.project).select_related("first", "second")
    Score.objects.bulk_create(
        Score(run=run, comparison=comparison, first=first, second=second)
        for comparison in comparisons
        for first, second in [says(comparison)]
    )
    done = {"state": Run.State.READY, "ready_at": timezone.now(), "artifact": "a" * 64, "seconds": {"train": 2.5}}
    Run.objects.filter(pk=run.pk).update(**done)
    run.refresh_from_db()
    reporting.keep(run)
    run.refresh_from_db()
    return run


def by_length(comparison: Comparison) -> tuple[float, float]:
    return len(comparison.first.text) / 100, len(comparison.second.text) / 100


def the_first(_comparison: Comparison) -> tuple[float, float]:
    return 1.5, -0.5
