"""What each round of a project brought, on one axis: counted from its judgements, a statement for each figure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.comparisons.models import Assignment, Degree, Outcome
from labeling.dialogues.models import Completion, State
from labeling.projects.models import Axis, ModelVersion, Project, Round
from labeling.quality.models import Agreement, Breakdown, Review
from labeling.quality.shares import Share
from labeling.quality.showing import Figure, behind
from labeling.rewards import facts
from labeling.rewards.models import Run
from labeling.rewards.report.accuracy import by_group, hits
from labeling.rewards.report.resampling import Resampled
from labeling.rewards.report.winning import Games, Standing, standings
from labeling.rewards.words import named

MODELS = 6  # runs of a table, the newest
SIDES = ("chosen", "rejected")
GAMES = """
SELECT first.model_version_id, second.model_version_id, judgement.chosen_id = first.id,
    coalesce(prompt.root_id::text, turn.dialogue_id::text, comparison.id::text),
    coalesce(turn.language, comparison.language), coalesce(taken.category, '')
FROM comparisons_comparison comparison
JOIN comparisons_assignment assignment ON assignment.comparison_id = comparison.id
JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
JOIN dialogues_completion first ON first.id = comparison.first_id
JOIN dialogues_completion second ON second.id = comparison.second_id
LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
LEFT JOIN projects_prompt taken ON taken.id = turn.prompt_id
LEFT JOIN datasets_gist gist ON gist.comparison_id = comparison.id
LEFT JOIN datasets_rootprompt prompt ON prompt.id = gist.prompt_id
WHERE comparison.project_id = %s AND assignment.axis = %s AND assignment.slot IS NOT NULL
    AND judgement.outcome = 'judged' AND first.model_version_id <> second.model_version_id
    AND NOT EXISTS (
        SELECT FROM cohorts_withdrawal withdrawal WHERE withdrawal.person_id = assignment.person_id
        AND (withdrawal.back_at IS NULL OR withdrawal.back_at > judgement.created_at)
    )
"""


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


@dataclass(frozen=True)
class Place:
    """A model version among the others. `failed` of `asked` responses were none: nobody judged these pairs."""

    version: ModelVersion
    standing: Standing
    asked: int
    failed: int


def lines(project: Project, axis: Axis) -> list[Line]:
    """From the first on; drafts have brought nothing."""
    said, agreed, reviewed = judged(project, axis), agreements(project, axis), reviews(project, axis)
    found = []
    for round_ in project.rounds.exclude(state=Round.State.DRAFT).order_by("number"):
        of = said.get(round_.pk, Counter())
        accepted = reviewed[round_.pk, Review.Decision.ACCEPTED]
        found.append(
            Line(
                round=round_,
                url=behind(project, axis, number=round_.number),
                comparisons=of["comparisons"],
                unsure=Share(of["unsure"], of["degrees"]),
                agreement=agreed.get(round_.pk),
                accepted=Share(accepted, accepted + reviewed[round_.pk, Review.Decision.REJECTED]),
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


def judged(project: Project, axis: Axis) -> dict[int, Counter[str]]:
    """By round, of what counts."""
    counted = Assignment.objects.counted().standing().filter(axis=axis, comparison__project=project)
    counted = counted.filter(judgement__outcome=Outcome.JUDGED)
    refused = {side: Count("pk", filter=Q(**{f"judgement__{side}_false_refusal": True})) for side in SIDES}
    rows: Any = counted.values("comparison__round").annotate(
        judged=Count("pk"),
        comparisons=Count("comparison", distinct=True),
        degrees=Count("judgement__degree"),
        unsure=Count("pk", filter=Q(judgement__degree=Degree.NEGLIGIBLY)),
        **refused,
    )
    found = {}
    for row in rows:
        counts = {name: row[name] for name in ("judged", "comparisons", "degrees", "unsure")}
        found[row["comparison__round"]] = Counter({**counts, "refused": sum(row[side] for side in SIDES)})
    return found


def agreements(project: Project, axis: Axis) -> dict[int | None, Figure]:
    """AC1 on the choice, as it was computed last."""
    kept = Agreement.objects.filter(project=project, axis=axis, by=Breakdown.ROUND)
    return {row.round_id: Figure(*row.figures["ac1"]) for row in kept}


def reviews(project: Project, axis: Axis) -> Counter[tuple[int, str]]:
    standing = Review.objects.standing().filter(project=project, judgement__axis=axis)
    keys = ("judgement__assignment__comparison__round", "decision")
    rows = standing.order_by().values(*keys).annotate(n=Count("pk")).values_list(*keys, "n")
    return Counter({(round_, decision): n for round_, decision, n in rows})


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
class Played:
    """All games of a project on an axis, with what they are told apart by."""

    games: Games
    groups: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, project: Project, axis: Axis) -> "Played":
        with connection.cursor() as cursor:
            cursor.execute(GAMES, [project.pk, axis])
            rows = cursor.fetchall()
        first, second, won, roots, languages, categories = zip(*rows, strict=True) if rows else ((),) * 6
        keys = {root: place for place, root in enumerate(dict.fromkeys(roots))}
        games = Games(
            np.array(first, dtype=np.int64),
            np.array(second, dtype=np.int64),
            np.array(won, dtype=np.bool_),
            np.array([keys[root] for root in roots], dtype=np.int64),
        )
        return cls(games, {"language": languages, "category": categories})

    def by(self, name: str) -> list[tuple[str, list[Standing]]]:
        """Of each key that there is, the one with most games first; nothing where there is only one."""
        counted = Counter(key for key in self.groups[name] if key)
        if len(counted) < 2:
            return []
        keys = np.array(self.groups[name])
        return [(named(name, key, {}), standings(self.games.among(keys == key))) for key, _n in counted.most_common()]


def placed(project: Project) -> Callable[[list[Standing]], list[Place]]:
    """Makes of standings what a page shows: with names, and with the failures of each."""
    versions = {
        version.pk: version
        for version in ModelVersion.objects.filter(completions__turn__dialogue__project=project).distinct()
    }
    asked = Completion.objects.filter(turn__dialogue__project=project)
    counts = asked.values("model_version").annotate(n=Count("pk"), failed=Count("pk", filter=Q(state=State.FAILED)))
    counted = {row["model_version"]: (row["n"], row["failed"]) for row in counts}

    def of(found: list[Standing]) -> list[Place]:
        return [Place(versions[one.version], one, *counted.get(one.version, (0, 0))) for one in found]

    return of
