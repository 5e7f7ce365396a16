"""What the annotator model says of people, as lines with what each of them leads to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects import languages
from labeling.projects.access import called
from labeling.projects.models import Axis, Project, Prompt
from labeling.quality.models import Bearing
from labeling.quality.showing import Figure, told

FIGURES: dict[str, Promise] = {
    "right": _("Right"),
    "left": _("Chooses A"),
    "longer": _("Chooses the longer"),
}
FOUND: dict[str, Promise] = {
    "guesses": _("says little that others found"),
    "one_sided": _("chooses by side"),
    "by_length": _("chooses by length"),
    "tires": _("further from others late in a sitting"),
}


@dataclass(frozen=True)
class BearingLine:
    """`found` is what speaks for looking, `views` the subjects that this person sees the other way round."""

    pseudonym: str
    called: str  # as the viewer may call them
    address: str  # of their own page
    url: str
    judgements: int
    several: int
    figures: dict[str, Figure]
    found: list[Promise]
    views: list[str]

    @property
    def shown(self) -> list[tuple[str, Figure]]:
        return list(self.figures.items())

    @classmethod
    def of(cls, row: Bearing, viewer: Person) -> Self:
        return cls(
            pseudonym=row.person.pseudonym,
            called=called(row.person, viewer),
            address=f"{reverse('quality_person', args=[row.project.slug, row.person_id])}?axis={row.axis}",
            url=told(row.project, row.axis, "modelled", person=row.person_id),
            judgements=row.judgements,
            several=row.several,
            figures={name: Figure(*row.figures[name]) for name in FIGURES},
            found=[FOUND[name] for name in row.found],
            views=[named(tag) for tag in row.dissents],
        )


def named(subject: str) -> str:
    """A risk, or a language."""
    risks = dict(Prompt.Risk.choices)
    return str(risks[subject]) if subject in risks else languages.named(subject)


def lines(project: Project, axis: Axis, viewer: Person) -> list[BearingLine]:
    """Those first of whom something is found, and then from the least often right on."""
    rows = Bearing.objects.filter(project=project, axis=axis).select_related("project", "person")
    found = [BearingLine.of(row, viewer) for row in rows.order_by("person__pseudonym")]
    return sorted(found, key=lambda line: (not line.found, not line.views, line.figures["right"].value))


def file(found: Iterable[BearingLine]) -> Iterator[list[Any]]:
    names = [f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")]
    yield ["annotator", "judgements", "judged_by_others_too", *names, "found", "another_view"]
    for one in found:
        numbers = [end for name in FIGURES for end in vars(one.figures[name]).values()]
        said = ["; ".join(map(str, one.found)), "; ".join(one.views)]
        yield [one.pseudonym, one.judgements, one.several, *numbers, *said]
