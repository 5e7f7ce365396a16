"""Figures of a project, computed anew as a whole; in the background, for it takes seconds where much is judged."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from labeling.comparisons.models import Judgement
from labeling.projects.models import Project, Round
from labeling.quality import reading
from labeling.quality.agreement import FEWEST, Votes, estimates
from labeling.quality.counting import counts
from labeling.quality.modelled import bearings
from labeling.quality.models import Agreement, Bearing, Breakdown, Computation, Counts

KEYS: dict[Breakdown, tuple[str, ...]] = {
    Breakdown.ALL: (),
    Breakdown.ROUND: ("round_id",),
    Breakdown.GUIDELINE: ("guideline_id",),
    Breakdown.COHORT: ("cohort_id",),
    Breakdown.LANGUAGE: ("language",),
    Breakdown.PERSON: ("person_id",),
    Breakdown.PAIR: ("person_id", "other_id"),
}
STEPS = 3 + len(KEYS)  # to read what was judged, one for each breakdown, to count people's work, and their bearings
DRAWS_OF_A_PAIR = 300  # of whom there may be thousands


def note_new() -> None:
    """How much was judged in each project since this was asked last."""
    newest = newest_judgement()
    for project in Project.objects.filter(rounds__state__in=[Round.State.OPEN, Round.State.REVIEW]).distinct():
        computation = Computation.objects.of(project)
        since = Judgement.objects.filter(pk__gt=computation.counted_to, pk__lte=newest)
        computation.count(newest, since.filter(assignment__comparison__project=project).count())


def newest_judgement() -> int:
    return Judgement.objects.aggregate(newest=Max("pk"))["newest"] or 0


def compute_due() -> None:
    """What was asked for, and what has grown old."""
    for computation in Computation.objects.due(timezone.now()).select_related("project"):
        compute(computation)


def compute(computation: Computation) -> bool:
    """False where somebody else is at it, or nobody asked. Whatever breaks is noted for the page, and raised."""
    if not computation.begin(STEPS, newest_judgement()):
        return False
    try:
        found = figures(computation.project, computation.advance)
        with transaction.atomic():
            if computation.end():
                keep(computation.project, *found)
    except BaseException:
        if connection.is_usable():
            computation.fail()
        raise
    return True


def figures(project: Project, advance: Callable[[], None]) -> tuple[list[Agreement], list[Counts], list[Bearing]]:
    """None of them saved. `advance` hears of each of the STEPS."""
    with reading.said_in(project):
        advance()
        found: list[Agreement] = []
        for by in KEYS:
            patterns = reading.patterns(by, project)
            found += [agreement(project, by, key, of) for key, of in patterns.items() if is_kept(by, of)]
            advance()
        counted = counts(project)
        advance()
        bore = list(bearings(project))
        advance()
    return found, counted, bore


def is_kept(by: Breakdown, patterns: reading.Patterns) -> bool:
    """Of hundreds of people, tens of thousands of pairs share a comparison or two, which says nothing."""
    return by != Breakdown.PAIR or sum(patterns.values()) >= FEWEST


def agreement(project: Project, by: Breakdown, key: tuple[Any, ...], patterns: reading.Patterns) -> Agreement:
    votes = Votes.of(patterns)
    draws = {"draws": DRAWS_OF_A_PAIR} if by == Breakdown.PAIR else {}
    axis, *broken_down = key
    return Agreement(
        project=project,
        axis=axis,
        by=by,
        **dict(zip(KEYS[by], broken_down, strict=True)),
        comparisons=int(votes.times.sum()),
        judgements=int((votes.counts.sum(1) * votes.times).sum()),
        figures={name: [one.value, one.low, one.high] for name, one in estimates(votes, **draws).items()},
    )


def keep(project: Project, agreements: list[Agreement], counted: list[Counts], bore: list[Bearing]) -> None:
    """Instead of those that were kept before."""
    Agreement.objects.filter(project=project).delete()
    Counts.objects.filter(project=project).delete()
    Bearing.objects.filter(project=project).delete()
    Agreement.objects.bulk_create(agreements, batch_size=1000)
    Counts.objects.bulk_create(counted, batch_size=1000)
    Bearing.objects.bulk_create(bore, batch_size=1000)
