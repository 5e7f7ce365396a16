"""A report for its page: its figures as lines, with what each of them leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from labeling.comparisons.models import Comparison
from labeling.projects.models import Axis
from labeling.rewards.models import Run
from labeling.rewards.report.llama2 import AT_A_HALF, AT_THRESHOLD, THRESHOLD
from labeling.rewards.words import BREAKDOWNS, DEGREES, PREFERS, cohorts_by_key, named

Figures = list[tuple[str, Mapping[str, Any] | None]]


@dataclass(frozen=True)
class Line:
    """`url` leads to the `n` comparisons behind it; `figures` are by the names of the table's columns."""

    label: str | Promise
    url: str
    n: int
    figures: Figures
    is_sum: bool = False


@dataclass(frozen=True)
class Wrong:
    """What the model gets most wrong. `url` leads to the judgements."""

    prompt: str
    url: str
    degree: str | Promise
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """What is said of one axis. `kept` is the report's own part."""

    axis: Axis
    kept: Mapping[str, Any]
    columns: list[tuple[str, str | Promise]]
    accuracy: list[Line]
    broken_down: list[tuple[str, str | Promise, list[Line]]]
    bars: list[tuple[str, int]]
    quarters: list[tuple[str | Promise, list[float]]]
    thresholds: list[dict[str, Any]]
    worst: list[Wrong]
    url: str

    @property
    def reliability(self) -> list[tuple[str, Mapping[str, Any]]]:
        """As it is, and by a temperature where there are prompts enough to find one."""
        return [(kind, self.kept["calibration"][kind]) for kind in ("raw", "scaled") if self.kept["calibration"][kind]]


def sections(run: Run, report: Mapping[str, Any]) -> list[Section]:
    """One an axis, the run's own first: a database keeps no order of them."""
    cohorts = cohorts_by_key()
    axes = sorted(report["axes"].items(), key=lambda part: part[0] != run.axis)
    return [section(run, Axis(axis), kept, cohorts) for axis, kept in axes]


def section(run: Run, axis: Axis, kept: Mapping[str, Any], cohorts: dict[str, str]) -> Section:
    url = behind(run, axis)
    if not kept["comparisons"]:
        return Section(axis, kept, [], [], [], [], [], [], [], url)
    return Section(
        axis=axis,
        kept=kept,
        url=url,
        columns=columns(kept),
        accuracy=accuracy(run, axis, kept),
        broken_down=broken_down(run, axis, kept["by"], cohorts),
        bars=bars(kept["margins"]),
        quarters=[(DEGREES[degree], values) for degree, values in kept["margins"]["quarters"].items()],
        thresholds=thresholds(kept["unsafe"]),
        worst=worst(run, axis, kept["worst"]),
    )


def behind(run: Run, axis: str, **asked: Any) -> str:
    """The address of the comparisons on an axis that are like that."""
    return f"{reverse('run_pairs', args=[run.project.slug, run.number])}?{urlencode({'axis': axis, **asked})}"


def judgements_of(run: Run, comparison: str, axis: str) -> str:
    return f"{reverse('judgements', args=[run.project.slug])}?{urlencode({'axis': axis, 'pair': comparison})}"


def columns(kept: Mapping[str, Any]) -> list[tuple[str, str | Promise]]:
    baselines = kept["baselines"]
    simpler = [(name, PREFERS[baselines[name]["prefers"]]) for name in ("length", "majority")]
    return [("model", _("This model")), *simpler, ("llama2", _("Llama 2"))]


def accuracy(run: Run, axis: Axis, kept: Mapping[str, Any]) -> list[Line]:
    """By degree from the clearest on, then of all."""
    found = []
    for degree in ("4", "3", "2", "1", "overall"):
        of = kept["accuracy"][degree]
        asked = {} if degree == "overall" else {"degree": degree}
        figures: Figures = [("model", of)]
        figures += [(name, kept["baselines"][name][degree]) for name in ("length", "majority")]
        figures.append(("llama2", {"value": kept["llama2"][degree]}))
        url = behind(run, axis, **asked)
        found.append(Line(DEGREES[degree], url, of["n"], figures, is_sum=degree == "overall"))
    return found


def broken_down(
    run: Run, axis: Axis, by: Mapping[str, list[dict[str, Any]]], cohorts: dict[str, str]
) -> list[tuple[str, str | Promise, list[Line]]]:
    """Where there is more than one key."""
    found: list[tuple[str, str | Promise, list[Line]]] = []
    for name, label in BREAKDOWNS.items():
        rows = by.get(name, [])
        if name in ("round", "turn"):
            rows = sorted(rows, key=lambda row: int(row["key"]))
        lines = [
            Line(named(name, row["key"], cohorts), behind(run, axis, **{name: row["key"]}), row["n"], [("model", row)])
            for row in rows
        ]
        if len(lines) > 1:
            found.append((name, label, lines))
    return found


def bars(margins: Mapping[str, Any]) -> list[tuple[str, int]]:
    """By the middle of each step."""
    edges = margins["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    return [(f"{middle:.2f}", count) for middle, count in zip(middles, margins["counts"], strict=True)]


def thresholds(unsafe: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """With what Llama 2's model reached, where it was measured at the same one."""
    known = {THRESHOLD: AT_THRESHOLD, 0.5: AT_A_HALF}
    return [{**step, "llama2": known.get(step["threshold"], {})} for step in (unsafe or {}).get("steps", [])]


def worst(run: Run, axis: Axis, kept: list[dict[str, Any]]) -> list[Wrong]:
    said = prompts([one["comparison"] for one in kept])
    return [
        Wrong(
            prompt=said.get(one["comparison"], ""),
            url=judgements_of(run, one["comparison"], axis),
            degree=DEGREES[str(one["degree"])],
            said=one,
        )
        for one in kept
    ]


def prompts(comparisons: list[str]) -> dict[str, str]:
    """The last message of each one's context."""
    found = Comparison.objects.filter(pk__in=comparisons).values_list("pk", "context")
    return {str(pk): context[-1]["content"] for pk, context in found}
