"""The report of a run: kept once its scores are there, and what it is made from."""

from collections import Counter
from typing import Any

from labeling.projects.models import Axis
from labeling.rewards.facts import Fact, facts, held, rewards
from labeling.rewards.models import Run
from labeling.rewards.report.comparing import compared
from labeling.rewards.report.held import Held
from labeling.rewards.report.whole import VERSION, report


def keep(run: Run) -> None:
    """For whoever has stored the last of its scores."""
    Run.objects.filter(pk=run.pk).update(report=computed(run))


def of(run: Run) -> dict[str, Any]:
    """As it was kept; one of an older version of Tandem, or that nobody has kept, is computed."""
    kept: dict[str, Any] | None = run.report
    return kept if kept and kept.get("version") == VERSION else computed(run)


def computed(run: Run) -> dict[str, Any]:
    known = facts(run.snapshot)
    said = rewards([run], known)[run.pk]
    parts = {axis: held([fact for fact in known if fact.axis == axis], said) for axis in axes(known, run)}
    return report(
        run.axis, {axis: one for axis, (one, _) in parts.items()}, {axis: left for axis, (_, left) in parts.items()}
    )


def axes(known: list[Fact], run: Run) -> list[Axis]:
    """Its own first."""
    there = {fact.axis for fact in known}
    return sorted((axis for axis in Axis if axis in there), key=lambda axis: axis != run.axis)


def paired(one: Run, other: Run) -> dict[str, Any]:
    """By axis, what both say of the same comparisons: those that the newer of their snapshots holds out. What either
    has not scored is left out, and counted."""
    snapshot = max(one.snapshot, other.snapshot, key=lambda snapshot: snapshot.number)
    known = facts(snapshot)
    said = rewards([one, other], known)
    both = said[one.pk].keys() & said[other.pk].keys()
    found = {}
    for axis in axes(known, one):
        mine = [fact for fact in known if fact.axis == axis]
        common = [fact for fact in mine if fact.comparison in both]
        (first, _), (second, _) = held(common, said[one.pk]), held(common, said[other.pk])
        found[str(axis)] = {"result": compared(first, second), "left_out": left_out(mine, common)}
    return {"snapshot": snapshot, "axes": found}


def left_out(known: list[Fact], common: list[Fact]) -> dict[str, int]:
    counted = Counter(fact.prefers_first is None for fact in common)
    return {"unscored": len(known) - len(common), "divided": counted[True]}


def of_axis(run: Run, axis: str) -> tuple[list[Fact], Held]:
    """What is held out of an axis, and what the run says of it, in the same order."""
    known = [fact for fact in facts(run.snapshot) if fact.axis == axis and fact.prefers_first is not None]
    said = rewards([run], known)[run.pk]
    scored = [fact for fact in known if fact.comparison in said]
    return scored, held(scored, said)[0]
