"""Figures of a project, computed anew as a whole; in the background, for it takes seconds where much is judged."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from labeling.comparisons.models import Assignment, Judgement, Overlap
from labeling.projects.models import Project, Round
from labeling.quality import reading, unreviewed
from labeling.quality.agreement import FEWEST, Votes, estimates
from labeling.quality.counting import counts
from labeling.quality.modelled import concluded
from labeling.quality.models import Agreement, Bearing, Breakdown, Computation, Counts, Likely, Sureness, Total
from labeling.quality.totals import totals

KEYS: dict[Breakdown, tuple[str, ...]] = {
    Breakdown.ALL: (),
    Breakdown.ROUND: ("round_id",),
    Breakdown.GUIDELINE: ("guideline_id",),
    Breakdown.COHORT: ("cohort_id",),
    Breakdown.LANGUAGE: ("language",),
    Breakdown.PERSON: ("person_id",),
    Breakdown.PAIR: ("person_id", "other_id"),
}
PARTS = {  # each with how many in a hundred of the whole it takes, about, where a million were judged
    **{"read": 26, "all": 1, "round": 1, "guideline": 1, "cohort": 2, "language": 1, "person": 13, "pair": 4},
    **{"counts": 13, "model": 38},
}
STEPS = 100
Heard = Callable[[str, float], None]  # a part, and its share that is done
Figures = dict[type[Model], Sequence[Any]]  # rows by what they are of
DRAWS_OF_A_PAIR = 300  # of whom there may be thousands


def note_new() -> None:
    """How much was judged in each project since this was asked last, and what of it waits for reviewers."""
    newest = newest_judgement()
    for project in Project.objects.filter(rounds__state__in=[Round.State.OPEN, Round.State.REVIEW]).distinct():
        computation = Computation.objects.of(project)
        if computation.counted_to < newest:
            since = Judgement.objects.filter(pk__gt=computation.counted_to, pk__lte=newest)
            since = since.filter(assignment__comparison__project=project)
            computation.count(newest, since.count(), telling(since).count())
        if computation.noted_to < newest:
            unreviewed.note(project, max(computation.noted_to - unreviewed.AGAIN, 0), newest)
            computation.note(newest)


def telling(judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    """Those that say how far people can be trusted: on pairs that several judge, known answers, pairs seen again."""
    several = Overlap.objects.filter(comparison=OuterRef("assignment__comparison"), axis=OuterRef("axis"), wanted__gt=1)
    return judgements.filter(~Q(assignment__kind=Assignment.Kind.AUTHOR) | Q(Exists(several)))


def newest_judgement() -> int:
    return Judgement.objects.aggregate(newest=Max("pk"))["newest"] or 0


def compute_due() -> None:
    """What was asked for, and what has grown old."""
    Computation.objects.fail_dead()
    for computation in Computation.objects.due(timezone.now()).select_related("project"):
        compute(computation)


def compute(computation: Computation) -> bool:
    """False where somebody else is at it, or nobody asked. Whatever breaks is noted for the page, and raised."""
    newest = newest_judgement()
    with computation.alone() as nobody_else:
        if not nobody_else or not computation.begin(STEPS, newest):
            return False
        try:
            unreviewed.catch_up(computation, newest)
            found = figures(computation.project, lambda part, share: computation.advance(way(part, share)))
            with transaction.atomic():
                if computation.end():
                    keep(computation.project, found)
        except BaseException:
            if connection.is_usable():
                computation.fail()
            raise
    return True


def way(part: str, share: float) -> int:
    """How far it is, in STEPS."""
    names = list(PARTS)
    return int(sum(PARTS[name] for name in names[: names.index(part)]) + share * PARTS[part])


def figures(project: Project, heard: Heard) -> Figures:
    """None of them saved. `heard` is told of each of the PARTS how far it is."""
    with reading.said_in(project):
        heard("read", 1)
        found: list[Agreement] = []
        for by in KEYS:
            patterns = reading.patterns(by, project)
            found += [agreement(project, by, key, of) for key, of in patterns.items() if is_kept(by, of)]
            heard(by, 1)
        counted = counts(project)
        heard("counts", 1)
        bore, surest, sure = concluded(project, lambda share: heard("model", share))
        heard("model", 1)
    of_model: Figures = {Bearing: bore, Likely: surest, Sureness: sure}
    return {Agreement: found, Counts: counted, Total: totals(counted), **of_model}


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


def keep(project: Project, found: Figures) -> None:
    """Instead of those that were kept before."""
    for model, rows in found.items():
        model._default_manager.filter(project=project).delete()
        model._default_manager.bulk_create(rows, batch_size=1000)
