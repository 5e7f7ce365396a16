"""What is counted of all judgements of a project for the page of its rounds: in the background, for it takes seconds
where a million were judged. Until that was done once, a page counts for itself."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Degree, Judgement, Outcome
from labeling.projects.models import Axis, Project, Round
from labeling.quality.models import Review
from labeling.rewards.models import Overview
from labeling.rewards.played import ALL, CATEGORY, LANGUAGE, MEMORY, Patterns, patterns
from labeling.rewards.report.winning import Games, standings

SIDES = ("chosen", "rejected")
LOCK = 0x7A27  # of PostgreSQL's advisory locks: one process at a time counts an overview


def shown(project: Project, axis: Axis) -> Overview:
    kept = Overview.objects.filter(project=project, axis=axis).exclude(counted_at=None).first()
    return kept or Overview(project=project, axis=axis, counted_at=timezone.now(), figures=figures(project, axis))


def count_due() -> None:
    """Of all projects in which something was judged since, and of the others once an hour."""
    begun = Project.objects.filter(rounds__in=Round.objects.exclude(state=Round.State.DRAFT)).distinct()
    wanted = [Overview(project=project, axis=axis) for project in begun for axis in project.axes_in_order()]
    Overview.objects.bulk_create(wanted, ignore_conflicts=True)
    for pk in list(Overview.objects.rested(timezone.now()).values_list("pk", flat=True)):
        count_if_old(pk)


@transaction.atomic
def count_if_old(pk: int) -> None:
    """Unless somebody else is at it. No row is held meanwhile: whoever withdraws does not wait for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, pk])
        if not cursor.fetchone()[0]:
            return
        cursor.execute(MEMORY)
    now = timezone.now()
    overview = Overview.objects.rested(now).select_related("project").filter(pk=pk).first()
    newest = Judgement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if overview and overview.is_old(now, newest):
        began = monotonic()
        found = figures(overview.project, Axis(overview.axis))
        overview.keep(found, now, timedelta(seconds=monotonic() - began), newest)


def forget(person: Person, **_: Any) -> None:
    """Receives `withdrew`: what they said counts no more. Asked for once that is committed, so that others who withdraw
    do not wait for it."""
    for project in Assignment.objects.of(person).values_list("comparison__project", flat=True).distinct():
        transaction.on_commit(Overview.objects.filter(project=project).forget)


def figures(project: Project, axis: Axis) -> dict[str, Any]:
    """As JSON takes it: `rounds` by key, and the standings of model versions."""
    played = patterns(project, axis)
    return {
        "rounds": of_rounds(project, axis),
        ALL: standing(played[ALL].get("", {})),
        **{by: broken_down(played[by]) for by in (LANGUAGE, CATEGORY)},
    }


def of_rounds(project: Project, axis: Axis) -> dict[int, Counter[str]]:
    """By key: what was judged, and what reviewers decided about it."""
    said, decided = judged(project, axis), reviewed(project, axis)
    return {round_: said[round_] + decided[round_] for round_ in said.keys() | decided.keys()}


def judged(project: Project, axis: Axis) -> defaultdict[int, Counter[str]]:
    """By round, of what counts."""
    counted = Assignment.objects.counted().standing().filter(axis=axis, comparison__project=project)
    refused = {side: Count("pk", filter=Q(**{f"judgement__{side}_false_refusal": True})) for side in SIDES}
    rows: Any = counted.filter(judgement__outcome=Outcome.JUDGED).values("comparison__round")
    rows = rows.annotate(
        judged=Count("pk"),
        comparisons=Count("comparison", distinct=True),
        degrees=Count("judgement__degree"),
        unsure=Count("pk", filter=Q(judgement__degree=Degree.NEGLIGIBLY)),
        **refused,
    )
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        refusals = sum(row.pop(side) for side in SIDES)
        found[row.pop("comparison__round")] = Counter({**row, "refused": refusals})
    return found


def reviewed(project: Project, axis: Axis) -> defaultdict[int, Counter[str]]:
    """By round, how many judgements were accepted, and how many sent back."""
    standing = Review.objects.standing().filter(project=project, judgement__axis=axis)
    keys = ("judgement__assignment__comparison__round", "decision")
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows: Any = standing.order_by().values_list(*keys).annotate(n=Count("pk"))
    for round_, decision, n in rows:
        found[round_][decision] = n
    return found


def standing(of: Patterns) -> list[dict[str, Any]]:
    return [asdict(one) for one in standings(Games.of(of))]


def broken_down(by_key: Mapping[str, Patterns]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The key with most games first; nothing where there is only one."""
    if len(by_key) < 2:
        return []
    return [(key, standing(by_key[key])) for key in sorted(by_key, key=lambda key: (-games(by_key[key]), key))]


def games(of: Patterns) -> int:
    return sum(times * n for pattern, times in of.items() for *_who, n in pattern)
