"""What was counted of each person, added up for whoever looks at them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.access import called
from labeling.projects.models import Axis, Project
from labeling.quality.evidence import Habits, Matter, Signal, matter
from labeling.quality.models import Agreement, Breakdown, Counts, Total
from labeling.quality.shares import Share, Slope
from labeling.quality.showing import Figure, told

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
COUNTED = {  # of each share, how often it was so and of how many
    "majority": ("majority", "majority_of"),
    "gold": ("gold", "gold_of"),
    "repeats": ("repeats", "repeats_of"),
    "side": ("chose_a", "judged"),
    "longer": ("longer", "longer_of"),
}


@dataclass(frozen=True)
class Known:
    """Of one person on an axis: what was counted in all, and with what it agrees. `called` is as the viewer may call
    them."""

    person: Person
    habits: Habits
    rest: dict[str, Any]
    project: Project
    axis: str
    signals: list[Signal]
    address: str  # of their own page
    called: str
    agreement: Figure | None = None

    @classmethod
    def of(cls, row: Total, called: str, agreement: Figure | None = None) -> "Known":
        """A row with its project and its person."""
        return cls(
            person=row.person,
            habits=habits(vars(row)),
            rest=vars(row),
            project=row.project,
            axis=row.axis,
            signals=[Signal(name) for name in row.signals],
            address=f"{reverse('quality_person', args=[row.project.slug, row.person_id])}?axis={row.axis}",
            called=called,
            agreement=agreement,
        )

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

    def behind(self, figure: str) -> str:
        return told(self.project, self.axis, figure, person=self.person.pk)

    @property
    def judged_url(self) -> str:
        return self.behind("judged")

    @property
    def excluded_url(self) -> str:
        return self.behind("left-out")

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
    return Habits(**{name: Share(row[hits], row[of]) for name, (hits, of) in COUNTED.items()})


def of_project(project: Project, axis: Axis) -> QuerySet[Total]:
    """Whoever has judged in it."""
    return Total.objects.filter(project=project, axis=axis).select_related("project", "person")


def dressed(viewer: Person) -> Callable[[list[Total]], list[Known]]:
    """Rows as they are shown to this person."""
    return lambda rows: [Known.of(row, called(row.person, viewer)) for row in rows]


def known(project: Project, axis: Axis, person: int, viewer: Person) -> Known | None:
    """None where they have judged nothing."""
    row = of_project(project, axis).filter(person=person).first()
    kept = Agreement.objects.filter(project=project, axis=axis, by=Breakdown.PERSON, person=person).first()
    agreement = Figure(*kept.figures["ac2"]) if kept else None
    return Known.of(row, called(row.person, viewer), agreement) if row else None


def together(project: Project, axis: Axis) -> Habits:
    """Everybody's."""
    names = [name for pair in COUNTED.values() for name in pair]
    return habits(of_project(project, axis).aggregate(**{name: Sum(name, default=0) for name in names}))


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
    of = {"person": known.person.pk, "round": row.round.number}
    urls = {name: told(project, axis, name, **of) for name in (*SHARES, "judged")}
    return Round(
        label=gettext("Round %(number)d") % {"number": row.round.number},
        url=urls["judged"],
        shares=[(name, own[name], urls[name]) for name in SHARES],
        judged=row.judged,
        seconds=row.seconds / row.timed if row.timed else None,
    )


def history_file(rounds: Iterable[Round]) -> Iterator[list[Any]]:
    yield ["round", "judged", *(f"{name}{end}" for name in SHARES for end in ("", "_of")), "seconds"]
    for one in rounds:
        shares = [number for _name, share, _url in one.shares for number in (share.hits, share.of)]
        yield [one.label, one.judged, *shares, one.seconds]
