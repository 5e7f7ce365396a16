"""What a card says of a data set beside its rows: the names of whoever and whatever was counted in it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeling.cohorts.models import Person
from labeling.datasets.models import Snapshot
from labeling.datasets.tally import Tally
from labeling.datasets.wanted import Wanted
from labeling.projects.models import GuidelineVersion, ModelVersion, PairPolicyEntry, Project, Round
from labeling.quality.agreement import Estimate, Votes, estimates


@dataclass(frozen=True)
class Model:
    name: str
    sha256: str
    engine: str
    has_system_prompt: bool
    responses: int


@dataclass(frozen=True)
class Policy:
    """How a round drew a model version: `share` of its weights, and the ranges its sampling came from."""

    round: int
    model: str
    share: float
    temperature: tuple[float, float]
    top_p: tuple[float, float]


@dataclass(frozen=True)
class Facts:
    """`people` are pseudonyms with the cohorts they work in for this project and their judgements, of all axes."""

    project: Project
    digest: str
    provisional: bool
    wanted: Wanted
    counts: Mapping[str, Any]
    tallies: Mapping[str, Tally]
    agreement: Mapping[str, Mapping[str, Estimate]]
    people: list[tuple[str, list[str], int]]
    models: list[Model]
    policies: list[Policy]
    guidelines: list[tuple[GuidelineVersion, int]]
    rounds: list[tuple[int, int]]  # number, comparisons
    files: list[Any]  # entries of files.py


def facts(snapshot: Snapshot, wanted: Wanted, tallies: Mapping[str, Tally], files: list[Any]) -> Facts:
    project = snapshot.project
    rounds = {round_.pk: round_ for round_ in Round.objects.filter(pk__in=_all(tallies, "rounds"))}
    return Facts(
        project=project,
        digest=snapshot.digest,
        provisional=snapshot.provisional,
        wanted=wanted,
        counts=snapshot.counts,
        tallies=tallies,
        files=files,
        agreement={axis: estimates(Votes.of(tally.patterns)) for axis, tally in tallies.items() if tally.patterns},
        people=_people(project, _all(tallies, "people")),
        models=_models(_all(tallies, "models")),
        policies=_policies(rounds),
        guidelines=_guidelines(_all(tallies, "guidelines")),
        rounds=sorted((rounds[pk].number, times) for pk, times in _all(tallies, "rounds").items()),
    )


def _all(tallies: Mapping[str, Tally], what: str) -> Counter[Any]:
    return sum((getattr(tally, what) for tally in tallies.values()), Counter())


def _people(project: Project, judged: Counter[int]) -> list[tuple[str, list[str], int]]:
    known = Person.objects.filter(pk__in=judged).prefetch_related("cohorts__enrolments")
    found = []
    for person in known:
        cohorts = {
            cohort for cohort in person.cohorts.all() for one in cohort.enrolments.all() if one.project_id == project.pk
        }
        found.append((person.pseudonym, sorted(cohort.name for cohort in cohorts), judged[person.pk]))
    return sorted(found, key=lambda one: (-one[2], one[0]))


def _models(responses: Counter[int]) -> list[Model]:
    versions = ModelVersion.objects.filter(pk__in=responses).order_by("name")
    return [
        Model(version.name, version.sha256, version.engine, bool(version.system_prompt), responses[version.pk])
        for version in versions
    ]


def _policies(rounds: Mapping[int, Round]) -> list[Policy]:
    entries = PairPolicyEntry.objects.filter(round__in=rounds).select_related("round", "model_version")
    weights: Counter[int] = Counter()
    for entry in entries:
        weights[entry.round_id] += entry.weight  # type: ignore[assignment]  # a Counter of numbers that are not whole
    return [
        Policy(
            entry.round.number,
            entry.model_version.name,
            entry.weight / weights[entry.round_id],
            (entry.temperature_low, entry.temperature_high),
            (entry.top_p_low, entry.top_p_high),
        )
        for entry in sorted(entries, key=lambda entry: (entry.round.number, entry.model_version.name))
    ]


def _guidelines(judged: Counter[int | None]) -> list[tuple[GuidelineVersion, int]]:
    versions = GuidelineVersion.objects.filter(pk__in=[pk for pk in judged if pk]).order_by("axis", "number")
    return [(version, judged[version.pk]) for version in versions]
