"""How far a round has come. Every number is an aggregate: as many queries for a thousand comparisons as for one.

Judgements here are the authors', one a pair and axis: what the target counts. Pairs in stock are nobody's yet, and
count as stock alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any, cast

from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from labeling.comparisons.caring import Cared
from labeling.comparisons.done import done
from labeling.comparisons.models import Assignment, Comparison, Degree, Judgement, Outcome, Pass
from labeling.comparisons.models.assignment import AssignmentQuerySet
from labeling.comparisons.others import Others
from labeling.dialogues.intervals import wilson
from labeling.dialogues.models import UNFINISHED, Completion, Dialogue, State
from labeling.projects.models import Axis, ModelVersion, Round
from labeling.projects.pair_policy import appearances
from labeling.projects.setting_up import Done
from labeling.projects.starting_rounds import policy_of

DAYS = 14
ACTIVE = timedelta(minutes=10)  # who judged something so recently is at work


@dataclass
class Bar:
    """A number, and how long its bar is, in percent of the longest or of all."""

    label: Any
    count: int
    percent: float


@dataclass
class AxisProgress:
    axis: Axis
    judged: int
    degrees: list[Bar] = field(default_factory=list)

    @property
    def label(self) -> Any:
        return self.axis.label


@dataclass
class Standing:
    """A model version in this round: in how many pairs it stood, and how often it was chosen over another version."""

    version: ModelVersion
    shown: int
    shown_percent: float
    expected_percent: float
    by_axis: list["Chosen"]


@dataclass
class Chosen:
    """Chosen in `hits` of `of` judgements of pairs with another version, and the 95 % interval of that share."""

    hits: int
    of: int
    percent: float
    low: float
    high: float

    @classmethod
    def among(cls, hits: int, of: int) -> "Chosen":
        low, high = wilson(hits, of)
        return cls(hits, of, 100 * hits / of if of else 0, 100 * low, 100 * high)


@dataclass
class Progress:
    made: int
    judged: int
    to_judge: int
    being_written: int
    given_up: int
    passed: int
    cannot: int
    withdrawn: int
    target: int | None
    failed: int
    redrawn: int
    in_stock: int
    stock_being_written: int
    people: int
    people_now: int
    axes: list[AxisProgress]
    days: list[Bar]
    versions: list[Standing]
    cared: Cared
    others: Others
    done: Done | None  # why an open round needs nobody any more
    exact: bool  # nobody writes prompts or goes on with a conversation, so that the target is not exceeded

    @property
    def left(self) -> int:
        """What nobody will judge any more, once the round is over."""
        return self.made - self.judged - self.cannot - self.withdrawn

    @property
    def percent(self) -> float:
        return min(100.0, 100 * self.judged / self.target) if self.target else 0

    @property
    def has_enough(self) -> bool:
        """Nothing new is begun: what the target asks for is judged or under way."""
        return self.target is not None and self.judged + self.to_judge + self.being_written >= self.target


def progress(round_: Round, now: datetime | None = None) -> Progress:
    """All numbers of a round, in thirteen queries, two more where there is somebody to care for, and a few more where
    annotators write no prompts of their own."""
    now = now or timezone.localtime()
    project = round_.project
    axes = project.axes_in_order()
    pairs, said, judged_by_day = drawn(round_), verdicts(round_), by_day(round_, now)
    counts = comparisons(round_)
    return Progress(
        **counts,
        **responses(round_),
        **stock(round_),
        **people(round_, now),
        target=round_.target,
        axes=[of_axis(axis, said) for axis in axes],
        days=days(judged_by_day, now.date()),
        versions=standings(round_, axes, pairs, said),
        cared=Cared.of(round_),
        others=Others.of(round_),
        done=done(round_, counts["judged"]) if round_.state == Round.State.OPEN else None,
        exact=not project.allows_own_prompts and project.max_turns == 1,
    )


def lately(round_: Round) -> Progress:
    """`progress`, which is asked again only when ten times as long as it took has passed.

    A round of 50,000 comparisons takes a second, and several managers may watch it.
    """
    cache, key = caches["process"], f"progress-{round_.pk}-{round_.state}"
    if (known := cache.get(key)) is None:
        began = monotonic()
        known = progress(round_)
        cache.set(key, known, timeout=10 * (monotonic() - began))
    return cast(Progress, known)


def comparisons(round_: Round) -> dict[str, int]:
    own = Assignment.objects.filter(comparison=OuterRef("pk"), kind=Assignment.Kind.AUTHOR)
    authored = Comparison.objects.filter(Exists(own), round=round_)
    waiting, going_on = Exists(own.filter(done_at=None)), Q(turn__dialogue__ended_at=None)
    cannot = Exists(own.filter(judgement__outcome=Outcome.CANNOT))
    passed = Exists(Pass.objects.standing().filter(comparison=OuterRef("pk")))
    taken_back = Exists(own.withdrawn())
    said = Q(waiting=False, taken_back=False)
    marked = authored.annotate(waiting=waiting, unjudgeable=cannot, passed_on=passed, taken_back=taken_back)
    counts = marked.aggregate(
        made=Count("pk"),
        judged=Count("pk", filter=said & Q(unjudgeable=False)),
        cannot=Count("pk", filter=said & Q(unjudgeable=True)),
        withdrawn=Count("pk", filter=Q(waiting=False, taken_back=True)),
        passed=Count("pk", filter=Q(waiting=True, passed_on=True)),
        to_judge=Count("pk", filter=going_on & Q(waiting=True, ready_at__isnull=False)),
        being_written=Count("pk", filter=going_on & Q(waiting=True, ready_at=None)),
    )
    rest = counts["made"] - sum(count for name, count in counts.items() if name != "made")
    return {**counts, "given_up": rest}


def responses(round_: Round) -> dict[str, int]:
    """What went wrong with responses, those in stock too."""
    all_ = Completion.objects.filter(turn__dialogue__round=round_)
    failed = Q(state=State.FAILED, discarded_at=None)
    return all_.aggregate(failed=Count("pk", filter=failed), redrawn=Count("pk", filter=Q(discarded_at__isnull=False)))


def stock(round_: Round) -> dict[str, int]:
    unfinished = Completion.objects.current().filter(turn__dialogue=OuterRef("pk"), state__in=UNFINISHED)
    waiting = Dialogue.objects.filter(round=round_, author=None, ended_at=None).annotate(written=~Exists(unfinished))
    return waiting.aggregate(
        in_stock=Count("pk", filter=Q(written=True)), stock_being_written=Count("pk", filter=Q(written=False))
    )


def done_in(round_: Round) -> AssignmentQuerySet:
    """Those that are done; some of them are about pairs that cannot be judged."""
    return Assignment.objects.filter(comparison__round=round_, kind=Assignment.Kind.AUTHOR, done_at__isnull=False)


def people(round_: Round, now: datetime) -> dict[str, int]:
    recent = Q(done_at__gte=now - ACTIVE)
    return done_in(round_).aggregate(
        people=Count("person", distinct=True), people_now=Count("person", distinct=True, filter=recent)
    )


def by_day(round_: Round, now: datetime) -> Mapping[date, int]:
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    recent = done_in(round_).standing().filter(judgement__outcome=Outcome.JUDGED, done_at__gte=first)
    counted = recent.annotate(day=TruncDate("done_at")).values("day").annotate(n=Count("pk"))
    return dict(counted.values_list("day", "n"))


def days(done: Mapping[date, int], today: date) -> list[Bar]:
    """One bar a day, from the first day with judgements until today."""
    first = min(done, default=today)
    span = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    most = max(done.values(), default=0)
    return [Bar(day, done.get(day, 0), 100 * done.get(day, 0) / most if most else 0) for day in span]


Said = Counter[tuple[str, int, int, int]]  # (axis, degree, chosen version, rejected version) → judgements


def verdicts(round_: Round) -> Said:
    current = Judgement.objects.filter(pk__in=done_in(round_).standing().values("judgement"), outcome=Outcome.JUDGED)
    keys = ("axis", "degree", "chosen__model_version", "rejected__model_version")
    return Counter(
        {tuple(row[:4]): row[4] for row in current.values(*keys).annotate(n=Count("pk")).values_list(*keys, "n")}
    )


def of_axis(axis: Axis, said: Said) -> AxisProgress:
    by_degree = Counter[int]()
    for (where, degree, _chosen, _rejected), count in said.items():
        if where == axis:
            by_degree[degree] += count
    total = by_degree.total()
    bars = [
        Bar(degree.label, by_degree[degree], 100 * by_degree[degree] / total if total else 0)
        for degree in reversed(Degree)
    ]
    return AxisProgress(axis, total, bars)


def drawn(round_: Round) -> Counter[tuple[int, int]]:
    """(version, version) of the two sides → pairs that annotators had."""
    own = Assignment.objects.filter(comparison=OuterRef("pk"), kind=Assignment.Kind.AUTHOR)
    sides = ("first__model_version", "second__model_version")
    counted = Comparison.objects.filter(Exists(own), round=round_).values(*sides).annotate(n=Count("pk"))
    return Counter({(one, other): n for one, other, n in counted.values_list(*sides, "n")})


def standings(round_: Round, axes: Sequence[Axis], pairs: Counter[tuple[int, int]], said: Said) -> list[Standing]:
    policy = policy_of(round_)
    shares = appearances([entry.weight for entry in policy], different=round_.two_different_versions)
    total = pairs.total()
    found = []
    for entry, share in zip(policy, shares, strict=True):
        version = entry.model_version_id
        shown = sum(count for sides, count in pairs.items() if version in sides)
        chosen = [chosen_in(axis, version, said) for axis in axes]
        found.append(Standing(entry.model_version, shown, 100 * shown / total if total else 0, 100 * share, chosen))
    return found


def chosen_in(axis: Axis, version: int, said: Said) -> Chosen:
    """A version beside itself is always chosen, which says nothing: those pairs are left out."""
    won, lost = 0, 0
    for (where, _degree, winner, loser), count in said.items():
        if where == axis and winner != loser:
            won += count if version == winner else 0
            lost += count if version == loser else 0
    return Chosen.among(won, won + lost)
