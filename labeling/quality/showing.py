"""Figures for pages and files: what was kept, as lines with what each of them leads to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.comparisons.models import Degree
from labeling.comparisons.wanted import UNNAMED
from labeling.projects import languages
from labeling.projects.models import Axis, Project, Round
from labeling.quality.models import Agreement, Breakdown, Counts
from labeling.quality.shares import Share

FIGURES: dict[str, Promise] = {
    "raw": _("Same choice"),
    "ac1": _("AC1, choice"),
    "alpha_choice": _("α, choice"),
    "ac2": _("AC2, scale"),
    "ac2_linear": _("AC2, linear"),
    "alpha_scale": _("α, scale"),
}
DEGREES: dict[Degree, Promise] = {
    Degree.NEGLIGIBLY: _("barely or unsure"),
    Degree.SLIGHTLY: _("slightly better"),
    Degree.BETTER: _("better"),
    Degree.SIGNIFICANTLY: _("significantly better"),
}
SHOWN = [name for name in FIGURES if name != "ac2_linear"]  # on a page; a file has all
ANSWERED = {  # in a round: all, and what goes into no data set; each with its name among the figures of telling.py
    **{"done": "answered", "cannot": "cannot", "sent_back": "sent-back", "surplus": "surplus"},
    "withdrawn": "withdrawn",
}
ALARM_FROM = 0.05  # of what was answered, under which nobody need look where it went
ALARM_TIMES = 2  # as often as in the rounds before


@dataclass(frozen=True)
class Figure:
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return self.low is not None


@dataclass(frozen=True)
class Line:
    """`url` leads to the judgements behind it."""

    label: str
    url: str
    comparisons: int
    judgements: int
    figures: dict[str, Figure]
    is_sum: bool = False

    @property
    def shown(self) -> list[tuple[str, Figure]]:
        return [(name, self.figures[name]) for name in SHOWN]

    @classmethod
    def of(cls, row: Agreement, label: str, **asked: Any) -> "Line":
        figures = {name: Figure(*row.figures[name]) for name in FIGURES}
        url, is_sum = behind(row.project, row.axis, **asked), row.by == Breakdown.ALL
        return cls(label, url, row.comparisons, row.judgements, figures, is_sum)


def behind(project: Project, axis: str, *, number: int | None = None, **asked: Any) -> str:
    """The address of the judgements on an axis, of one round or of all, that are like that."""
    place = (
        reverse("round_judgements", args=[project.slug, number])
        if number
        else reverse("judgements", args=[project.slug])
    )
    return f"{place}?{urlencode({'axis': axis, **asked})}"


def told(project: Project, axis: str, figure: str, **asked: Any) -> str:
    """The address of the judgements that a figure of quality/telling.py is of, as of a person or of a round."""
    return f"{reverse('quality_behind', args=[project.slug, figure])}?{urlencode({'axis': axis, **asked})}"


def lines(project: Project, axis: Axis) -> dict[Breakdown, list[Line]]:
    """By everything but people; rounds from the first on."""
    rows = Agreement.objects.filter(project=project, axis=axis).exclude(by__in=[Breakdown.PERSON, Breakdown.PAIR])
    found: dict[Breakdown, list[Line]] = {by: [] for by in Breakdown}
    related = rows.select_related("project", "round", "guideline", "cohort")
    for row in related.order_by("round__number", "guideline__number", "cohort__name", "-comparisons"):
        found[Breakdown(row.by)].append(line(row))
    return found


def line(row: Agreement) -> Line:
    match row.by:
        case Breakdown.ROUND if row.round:
            said = gettext("Round %(number)d") % {"number": row.round.number}
            return Line.of(row, said, number=row.round.number, overlapped=1)
        case Breakdown.GUIDELINE if row.guideline:
            said = gettext("Version %(number)d") % {"number": row.guideline.number}
            return Line.of(row, said, overlapped=1, guideline=row.guideline_id)
        case Breakdown.COHORT if row.cohort:
            return Line.of(row, row.cohort.name, overlapped=1, cohort=row.cohort_id)
        case Breakdown.LANGUAGE:
            said = languages.named(row.language) if row.language else gettext("not named")
            return Line.of(row, said, overlapped=1, language=row.language or UNNAMED)
        case _:
            return Line.of(row, gettext("All rounds"), overlapped=1)


@dataclass(frozen=True)
class RoundCounts:
    """What was answered in a round, by everybody. `alarm`: far more of it goes into no data set than before."""

    round: Round
    axis: Axis
    url: str
    done: int
    cannot: int
    sent_back: int
    surplus: int
    withdrawn: int
    excluded: Share
    degrees: list[Share]
    alarm: bool

    @property
    def label(self) -> str:
        return gettext("Round %(number)d") % {"number": self.round.number}

    @property
    def by_degree(self) -> list[tuple[Share, str]]:
        """Each with the address of its judgements."""
        return [(share, self.told(f"degree-{degree}")) for degree, share in enumerate(self.degrees, 1)]

    @property
    def answered(self) -> list[tuple[int, str]]:
        """All answers, and what of them goes into no data set, by why; each with the address of its judgements."""
        return [(getattr(self, name), self.told(figure)) for name, figure in ANSWERED.items()]

    @property
    def excluded_url(self) -> str:
        return self.told("left-out")

    def told(self, figure: str) -> str:
        return told(self.round.project, self.axis, figure, round=self.round.number)


def rounds(project: Project, axis: Axis) -> list[RoundCounts]:
    """From the first on."""
    degrees: dict[int, list[int]] = {}
    for key, of_one in Counts.objects.filter(project=project, axis=axis).values_list("round", "degrees"):
        so_far = degrees.setdefault(key, [0] * len(Degree))
        degrees[key] = [one + other for one, other in zip(so_far, of_one, strict=True)]
    sums = (
        Counts.objects.filter(project=project, axis=axis)
        .values("round")
        .annotate(**{f"{name}_in_all": Sum(name) for name in (*ANSWERED, "excluded")})
    )
    numbered = {round_.pk: round_ for round_ in project.rounds.all()}
    found, before = [], Share()
    for row in sorted(sums, key=lambda row: numbered[row["round"]].number):
        round_ = numbered[row["round"]]
        found.append(counted(project, axis, round_, dict(row), degrees[round_.pk], before))
        before += found[-1].excluded
    return found


def counted(
    project: Project, axis: Axis, round_: Round, row: dict[str, Any], degrees: list[int], before: Share
) -> RoundCounts:
    excluded = Share(row["excluded_in_all"], row["done_in_all"])
    return RoundCounts(
        round=round_,
        axis=axis,
        url=behind(project, axis, number=round_.number),
        **{name: row[f"{name}_in_all"] for name in ANSWERED},
        excluded=excluded,
        degrees=[Share(count, sum(degrees)) for count in degrees],
        alarm=excluded.low > max(ALARM_FROM, ALARM_TIMES * (before.value or 0)),
    )


def agreement_file(lines: Iterable[Line]) -> Iterator[list[Any]]:
    names = [f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")]
    yield ["", "comparisons", "judgements", *names]
    for one in lines:
        numbers = [end for name in FIGURES for end in vars(one.figures[name]).values()]
        yield [one.label, one.comparisons, one.judgements, *numbers]


def rounds_file(found: Iterable[RoundCounts]) -> Iterator[list[Any]]:
    yield ["round", *ANSWERED, "excluded", *(degree.name.lower() for degree in Degree)]
    for one in found:
        shares = [share.hits for share in one.degrees]
        yield [one.round.number, *(getattr(one, name) for name in ANSWERED), one.excluded.hits, *shares]
