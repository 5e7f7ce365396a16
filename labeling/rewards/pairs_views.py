"""The comparisons behind a figure of a report: what people prefer, and what the model says."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.models import Axis
from labeling.projects.typed import whole
from labeling.rewards import reporting, showing
from labeling.rewards.facts import GROUPS, Fact
from labeling.rewards.models import Run
from labeling.rewards.report.held import Booleans, Held
from labeling.rewards.views import one
from labeling.rewards.words import BINS, DEGREES, cohorts_by_key, named
from labeling.tables.listing import download

SHOWN = 50  # of a page
LONGEST = 35  # characters of a key
KNOWN = {"degree": set(DEGREES) - {"overall"}, "bin": set(BINS)}


@dataclass(frozen=True)
class Pair:
    """`margin` is by how much the response that people prefer is rewarded more than the other one."""

    comparison: str
    url: str
    degree: str | Promise
    judges: int
    agree: float
    preferred: float
    other: float

    @property
    def margin(self) -> float:
        return self.preferred - self.other

    @property
    def is_right(self) -> bool:
        return self.margin > 0


@dataclass(frozen=True)
class Asked:
    """What makes no sense in an address asks for nothing. `by` has keys of breakdowns, `right` is None for either."""

    axis: Axis
    by: dict[str, str]
    right: bool | None

    @classmethod
    def of(cls, request: HttpRequest, run: Run) -> "Asked":
        axis, right = request.GET.get("axis", ""), request.GET.get("right", "")
        said = {name: request.GET.get(name, "")[:LONGEST].replace("\0", "") for name in ("degree", "bin", *GROUPS)}
        by = {name: key for name, key in said.items() if key and key in KNOWN.get(name, (key,))}
        return cls(Axis(axis if axis in Axis.values else run.axis), by, {"1": True, "0": False}.get(right))

    def among(self, known: Sequence[Fact], held: Held) -> Booleans:
        wanted = np.ones(len(held), dtype=np.bool_)
        for name, key in self.by.items():
            keys = of_each(name, known, held)
            wanted &= np.array([key in one for one in keys], dtype=np.bool_)
        if self.right is not None:
            wanted &= (held.margin > 0) == self.right
        return wanted

    def in_words(self) -> Iterator[tuple[str, str]]:
        cohorts = cohorts_by_key() if "cohort" in self.by else {}
        for name, key in self.by.items():
            yield name, named(name, key, cohorts)


def of_each(name: str, known: Sequence[Fact], held: Held) -> Iterable[Any]:
    """Of each comparison, the keys that it falls under."""
    if name == "degree":
        return [(str(degree),) for degree in held.degree.tolist()]
    return [(one,) for one in held.bins] if name == "bin" else held.groups[name]


@require_safe
@never_cache
@manager_required
def pairs(request: PersonRequest, slug: str, number: int) -> HttpResponseBase:
    """Those first that it gets most wrong."""
    run = one(request, slug, number)
    asked = Asked.of(request, run)
    found = listed(run, asked)
    if request.GET.get("as") == "csv":
        return download(f"{slug}-reward-model-{number}-{asked.axis}.csv", lines(found))
    first = whole(request.GET.get("from", "")) or 0
    first = first if first < len(found) else 0
    shown = found[first : first + SHOWN]
    said = showing.prompts([pair.comparison for pair in shown])
    context = {
        **{"project": run.project, "run": run, "asked": asked, "total": len(found)},
        **{"narrowed": [narrowed(request, *one) for one in asked.in_words()], "right": request.GET.get("right", "")},
        "pairs": [(pair, said.get(pair.comparison, "")) for pair in shown],
        "first": first + 1,
        "last": first + len(shown),
        "before": max(first - SHOWN, 0) if first else None,
        "after": first + SHOWN if first + SHOWN < len(found) else None,
    }
    return render(request, "rewards/pairs.html", context)


def listed(run: Run, asked: Asked) -> list[Pair]:
    known, held = reporting.of_axis(run, asked.axis)
    wanted = asked.among(known, held)
    order = [place for place in np.argsort(held.margin, kind="stable") if wanted[place]]
    return [of_place(run, asked.axis, held, place) for place in order]


def of_place(run: Run, axis: Axis, held: Held, place: int) -> Pair:
    rewards = float(held.first[place]), float(held.second[place])
    preferred, other = rewards if held.prefers_first[place] else rewards[::-1]
    share = float(held.share[place])
    return Pair(
        comparison=held.comparison[place],
        url=showing.judgements_of(run, held.comparison[place], axis),
        degree=DEGREES[str(held.degree[place])],
        judges=int(held.judges[place]),
        agree=share if held.prefers_first[place] else 1 - share,
        preferred=preferred,
        other=other,
    )


def narrowed(request: HttpRequest, name: str, words: str) -> dict[str, str]:
    """What a link has asked for, and the address without it."""
    rest = request.GET.copy()
    rest.pop(name)
    rest.pop("from", None)
    return {"name": name, "value": request.GET[name], "words": words, "without": f"?{rest.urlencode()}"}


def lines(found: Iterable[Pair]) -> Iterator[list[Any]]:
    yield ["comparison", "degree", "judges", "judges_who_agree", "reward_preferred", "reward_other", "margin"]
    for pair in found:
        yield [pair.comparison, str(pair.degree), pair.judges, pair.agree, pair.preferred, pair.other, pair.margin]
