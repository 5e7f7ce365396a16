"""What was counted of each person, added up for whoever looks at them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, Project
from labeling.quality.evidence import Habits, Matter, Signal, matter, signals
from labeling.quality.models import Agreement, Breakdown, Counts
from labeling.quality.shares import Share, Slope
from labeling.quality.showing import Figure, behind

COUNTED = (
    *("done", "judged", "excluded", "chose_a", "longer", "longer_of", "lengths", "gold", "gold_of", "repeats"),
    *("repeats_of", "majority", "majority_of", "timed", "hurried", "seconds", "typed", "pasted"),
    *("sum_x", "sum_y", "sum_xx", "sum_xy"),
)
SIGNALS: dict[Signal, Promise] = {
    Signal.GOLD: _("misses answers that are certain"),
    Signal.REPEATS: _("says otherwise of pairs seen again"),
    Signal.SIDE: _("keeps to one side"),
    Signal.LENGTH: _("chooses by length, unlike the others"),
    Signal.MAJORITY: _("differs from most others"),
}
MATTERS: dict[Matter, Promise] = {
    Matter.NONE: _("Nothing stands out."),
    Matter.CARELESS: _(
        "Worth a look: this does not depend on what others think of the responses. Read some of it, then ask them."
    ),
    Matter.MINORITY: _(
        "A view of their own: they differ from most others, and yet find the answers that are certain and say the same "
        "of pairs they see again. Whoever clicks at random does neither. Read where they differ: the guideline may be "
        "what is unclear."
    ),
    Matter.OPEN: _(
        "They differ from most others. Whether that is a view of their own or carelessness, known answers and pairs "
        "seen again would tell, of which there are too few yet."
    ),
}
SHARES: dict[str, Promise] = {
    "majority": _("With most others"),
    "gold": _("Known answers"),
    "repeats": _("The same again"),
    "side": _("Chose A"),
    "longer": _("Chose the longer"),
}
ASKED: dict[str, dict[str, Any]] = {
    "majority": {"overlapped": 1},
    "gold": {"kind": "gold"},
    "repeats": {"kind": "repeat"},
}


@dataclass(frozen=True)
class Known:
    """Of one person on an axis: what was counted in all, and with what it agrees."""

    person: Person
    habits: Habits
    rest: dict[str, Any]
    url: str
    signals: list[Signal]
    agreement: Figure | None = None

    @property
    def matter(self) -> Matter:
        return matter(self.habits, self.signals)

    @property
    def said(self) -> Promise:
        return MATTERS[self.matter]

    @property
    def badges(self) -> list[Promise]:
        return [SIGNALS[signal] for signal in self.signals]

    @property
    def shares(self) -> list[tuple[str, Promise, Share, str]]:
        """Each with its name, and the address of the judgements behind it."""
        shares = vars(self.habits)
        return [(name, label, shares[name], self.behind(name)) for name, label in SHARES.items()]

    def behind(self, name: str) -> str:
        return (
            f"{self.url}&{'&'.join(f'{key}={value}' for key, value in ASKED[name].items())}"
            if name in ASKED
            else self.url
        )

    @property
    def hurried(self) -> Share:
        return Share(self.rest["hurried"], self.rest["timed"])

    @property
    def excluded(self) -> Share:
        return Share(self.rest["excluded"], self.rest["done"])

    @property
    def pasted(self) -> Share:
        """Of the characters of their own prompts; no interval of it means anything."""
        return Share(self.rest["pasted"], self.rest["pasted"] + self.rest["typed"])

    @property
    def points(self) -> Slope | None:
        """The slope in percentage points."""
        slope = self.slope
        return slope and Slope(100 * slope.value, 100 * slope.low, 100 * slope.high, slope.of)

    @property
    def slope(self) -> Slope | None:
        n, x, y = (self.rest[name] for name in ("lengths", "sum_x", "sum_y"))
        if not n:
            return None
        squares, products = self.rest["sum_xx"] - x * x / n, self.rest["sum_xy"] - x * y / n
        return Slope.of_sums(n, squares, products, y - y * y / n)


def habits(row: dict[str, Any]) -> Habits:
    return Habits(
        gold=Share(row["gold"], row["gold_of"]),
        repeats=Share(row["repeats"], row["repeats_of"]),
        side=Share(row["chose_a"], row["judged"]),
        longer=Share(row["longer"], row["longer_of"]),
        majority=Share(row["majority"], row["majority_of"]),
    )


def summed(project: Project, axis: Axis) -> dict[int, dict[str, Any]]:
    """By person, over all rounds."""
    sums = {f"all_{name}": Sum(name) for name in COUNTED}
    rows = Counts.objects.filter(project=project, axis=axis).values("person").annotate(**sums)
    counted: list[dict[str, Any]] = [dict(row) for row in rows]
    return {row["person"]: {name: row[f"all_{name}"] for name in COUNTED} for row in counted}


def everybody(project: Project, axis: Axis) -> list[Known]:
    """Whoever has judged: first those of whom something is to be looked at."""
    rows = summed(project, axis)
    own = {key: habits(row) for key, row in rows.items()}
    everything = sum(own.values(), Habits())
    people = Person.objects.in_bulk(rows.keys())
    kept = Agreement.objects.filter(project=project, axis=axis, by=Breakdown.PERSON)
    agreements = {row.person_id: Figure(*row.figures["ac2"]) for row in kept}
    found = [
        Known(
            person=people[key],
            habits=of,
            rest=rows[key],
            url=behind(project, axis, person=key),
            signals=signals(of, everything - of),
            agreement=agreements.get(key),
        )
        for key, of in own.items()
    ]
    return sorted(found, key=lambda one: (not one.signals, one.matter == Matter.MINORITY, one.person.pseudonym))


def together(people: Iterable[Known]) -> Habits:
    return sum((one.habits for one in people), Habits())


@dataclass(frozen=True)
class Round:
    """Of one person's rounds: its shares, each with the address of the judgements behind it."""

    label: str
    url: str
    shares: list[tuple[str, Share, str]]
    judged: int
    seconds: float | None  # at work on one judgement, on average


def history(project: Project, axis: Axis, known: Known) -> list[Round]:
    """From the first one on."""
    rows = Counts.objects.filter(project=project, axis=axis, person=known.person).select_related("round")
    return [of_round(project, axis, known, row) for row in rows.order_by("round__number")]


def of_round(project: Project, axis: Axis, known: Known, row: Counts) -> Round:
    own = vars(habits(vars(row)))
    urls = {
        name: behind(project, axis, number=row.round.number, person=known.person.pk, **ASKED.get(name, {}))
        for name in SHARES
    }
    return Round(
        label=gettext("Round %(number)d") % {"number": row.round.number},
        url=urls["side"],
        shares=[(name, own[name], urls[name]) for name in SHARES],
        judged=row.judged,
        seconds=row.seconds / row.timed if row.timed else None,
    )


def people_file(people: Iterable[Known]) -> Iterator[list[Any]]:
    """By pseudonym, whoever asks."""
    yield [
        "person",
        "done",
        "judged",
        *(f"{name}{end}" for name in SHARES for end in ("", "_of")),
        "hurried",
        "timed",
        "signals",
    ]
    for one in people:
        shares = [number for _name, _label, share, _url in one.shares for number in (share.hits, share.of)]
        rest = [one.rest[name] for name in ("hurried", "timed")]
        yield [one.person.pseudonym, one.rest["done"], one.rest["judged"], *shares, *rest, " ".join(one.signals)]


def history_file(rounds: Iterable[Round]) -> Iterator[list[Any]]:
    yield ["round", "judged", *(f"{name}{end}" for name in SHARES for end in ("", "_of")), "seconds"]
    for one in rounds:
        shares = [number for _name, share, _url in one.shares for number in (share.hits, share.of)]
        yield [one.label, one.judged, *shares, one.seconds]
