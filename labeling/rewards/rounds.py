"""What each round of a project brought, on one axis: what was counted of its judgements, as pages show it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from labeling.projects.models import Axis, ModelVersion, Project, Round
from labeling.quality.models import Agreement, Breakdown
from labeling.quality.shares import Share
from labeling.quality.showing import Figure, behind
from labeling.rewards import facts
from labeling.rewards.models import Overview, Run
from labeling.rewards.played import ALL, CATEGORY, LANGUAGE
from labeling.rewards.report.accuracy import by_group, hits
from labeling.rewards.report.resampling import Resampled
from labeling.rewards.words import BREAKDOWNS, named

MODELS = 6  # runs of a table, the newest


@dataclass(frozen=True)
class Line:
    """A round. `accepted` is of what reviewers decided about, `refused` of all responses that were judged."""

    round: Round
    url: str
    comparisons: int
    unsure: Share
    agreement: Figure | None
    accepted: Share
    refused: Share

    @property
    def label(self) -> str:
        return _("Round %(number)d") % {"number": self.round.number}


def lines(overview: Overview) -> list[Line]:
    """From the first on; drafts have brought nothing."""
    project, axis = overview.project, Axis(overview.axis)
    said = {int(key): Counter(counts) for key, counts in overview.figures["rounds"].items()}
    agreed = agreements(project, axis)
    found = []
    for round_ in project.rounds.exclude(state=Round.State.DRAFT).order_by("number"):
        of = said.get(round_.pk, Counter())
        found.append(
            Line(
                round=round_,
                url=behind(project, axis, number=round_.number),
                comparisons=of["comparisons"],
                unsure=Share(of["unsure"], of["degrees"]),
                agreement=agreed.get(round_.pk),
                accepted=Share(of["accepted"], of["accepted"] + of["rejected"]),
                refused=Share(of["refused"], 2 * of["judged"]),
            )
        )
    return found


def file(found: Iterable[Line]) -> Iterator[list[Any]]:
    shares = ("unsure", "accepted", "refused")
    names = [f"{name}{end}" for name in shares for end in ("", "_of")]
    yield ["round", "comparisons", *names, "ac1", "ac1_low", "ac1_high"]
    for one in found:
        counts = [number for name in shares for number in (getattr(one, name).hits, getattr(one, name).of)]
        agreed = vars(one.agreement).values() if one.agreement else (None,) * 3
        yield [one.round.number, one.comparisons, *counts, *agreed]


def agreements(project: Project, axis: Axis) -> dict[int | None, Figure]:
    """AC1 on the choice, as it was computed last."""
    kept = Agreement.objects.filter(project=project, axis=axis, by=Breakdown.ROUND)
    return {row.round_id: Figure(*row.figures["ac1"]) for row in kept}


@dataclass(frozen=True)
class Tested:
    """A reward model on what each round holds out: `figures` by the round's number."""

    run: Run
    url: str
    last: int | None  # number of the last round that it was trained on
    figures: Mapping[str, Any]


def accuracies(project: Project, axis: Axis) -> list[Tested]:
    """Of the newest models of the axis, on what the newest snapshot holds out; those first that were trained first."""
    runs = list(
        project.runs.filter(axis=axis, state=Run.State.READY)
        .select_related("snapshot")
        .defer("report", "curve")
        .order_by("-number")[:MODELS]
    )
    snapshot = project.snapshots.exclude(digest="").order_by("-number").first()
    if not runs or snapshot is None:
        return []
    known = [fact for fact in facts.facts(snapshot) if fact.axis == axis]
    said = facts.rewards(runs, known)
    found = []
    for run in reversed(runs):
        held, _left_out = facts.held(known, said[run.pk])
        again = Resampled.of(held.root) if len(held) else None
        rows = by_group(held.groups["round"], again, hits(held.margin)) if again else []
        url = reverse("run", args=[project.slug, run.number])
        found.append(Tested(run, url, trained_up_to(run), {row["key"]: row for row in rows}))
    return found


def held_out(tested: Sequence[Tested]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """By round, from the first on: what each of them says of what it holds out."""
    numbers = sorted({int(key) for one in tested for key in one.figures})
    return [
        (
            _("Round %(number)d") % {"number": number},
            [(str(one.run.number), one.figures.get(str(number), {"value": None})) for one in tested],
        )
        for number in numbers
    ]


def trained_up_to(run: Run) -> int | None:
    """Rounds that were there when its snapshot was made, unless it asked for fewer."""
    asked = run.snapshot.wanted["filters"]["rounds"]
    if asked:
        return int(max(asked))
    before = Round.objects.filter(project=run.project_id, opened_at__lte=run.snapshot.counted_at)
    return before.order_by("-number").values_list("number", flat=True).first()


@dataclass(frozen=True)
class Place:
    """A model version among the others. `rate` is that of report/winning.py, of `games`; of these it has `won` some,
    and lost others because its response `failed`."""

    version: ModelVersion
    games: int
    won: int
    failed: int
    rate: Mapping[str, Any]


def places(figures: Mapping[str, Any]) -> list[Place]:
    """Of an overview."""
    return placed(figures[ALL], versions_in(figures))


def broken_down(figures: Mapping[str, Any]) -> list[tuple[str, Promise, list[tuple[str, list[Place]]]]]:
    """The same by language and by category: what that is, and what each of them is called."""
    versions = versions_in(figures)
    return [
        (by, BREAKDOWNS[by], [(named(by, key, {}), placed(standings, versions)) for key, standings in figures[by]])
        for by in (LANGUAGE, CATEGORY)
        if figures[by]
    ]


def placed(standings: Iterable[Mapping[str, Any]], versions: Mapping[int, ModelVersion]) -> list[Place]:
    return [Place(**{**one, "version": versions[one["version"]]}) for one in standings]


def versions_in(figures: Mapping[str, Any]) -> dict[int, ModelVersion]:
    return ModelVersion.objects.in_bulk([one["version"] for one in figures[ALL]])
