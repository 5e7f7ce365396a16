"""Which judgements somebody asks to read, as an address says it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort, Person
from labeling.comparisons.models import Assignment, Judgement, Outcome
from labeling.projects import languages
from labeling.projects.models import GuidelineVersion, Project
from labeling.projects.typed import whole

UNNAMED = "und"  # BCP 47 for a language that nobody named
KINDS: dict[str, Promise] = {
    Assignment.Kind.GOLD: _("with a known answer"),
    Assignment.Kind.REPEAT: _("of pairs seen before"),
}


@dataclass(frozen=True)
class Wanted:
    """What makes no sense in an address asks for nothing.

    The form of the page knows the first four. The others come with a link from a figure: `overlapped` are those that
    count, of pairs that several people judged, and with `other` what two people said of the pairs that both judged;
    `pair` is a comparison.
    """

    axis: str = ""
    person: int | None = None
    commented: bool = False
    cannot: bool = False
    overlapped: bool = False
    other: Person | None = None
    kind: str = ""
    language: str = ""
    elsewhere: bool = False  # whether there are pairs in the language that come from elsewhere
    guideline: GuidelineVersion | None = None
    cohort: Cohort | None = None
    pair: UUID | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any], project: Project, people: Sequence[Person]) -> "Wanted":
        def key(name: str) -> int | None:
            return whole(asked.get(name, ""))

        axis, kind, known = asked.get("axis", ""), asked.get("kind", ""), {one.pk: one for one in people}
        person, language = key("person"), asked.get("language", "")[:35].replace("\0", "")
        elsewhere = project.comparisons.filter(turn=None, language=tag(language))
        return cls(
            axis=axis if axis in project.axes else "",
            person=person if person in known else None,
            commented="comment" in asked,
            cannot="cannot" in asked,
            overlapped="overlapped" in asked,
            other=known.get(key("other") or 0) if person in known else None,
            kind=kind if kind in KINDS else "",
            language=language,
            elsewhere=bool(language) and elsewhere.exists(),
            guideline=project.guidelines.filter(pk=key("guideline") or 0).first(),
            cohort=Cohort.objects.filter(pk=key("cohort") or 0, enrolments__project=project).first(),
            pair=uuid_of(asked.get("pair", "")),
        )

    def among(self, judgements: QuerySet[Judgement]) -> list[QuerySet[Judgement]]:
        """In parts that have nothing in common. A pair's turn says its language, and of one from elsewhere the pair: to
        find both at once PostgreSQL reads every judgement there is, and each by itself it finds by an index."""
        found = self._narrow(judgements)
        if not self.language:
            return [found]
        language = tag(self.language)
        parts = [found.filter(assignment__comparison__turn__language=language)]
        if self.elsewhere:
            imported = found.filter(assignment__comparison__turn=None, assignment__comparison__language=language)
            parts.append(imported)
        return parts

    def _narrow(self, judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
        if self.axis:
            judgements = judgements.filter(axis=self.axis)
        if self.cannot:
            judgements = judgements.filter(outcome=Outcome.CANNOT)
        if self.commented:
            judgements = judgements.exclude(comment="")
        return self._by(self._about(judgements))

    def _about(self, judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
        if self.pair:
            judgements = rare(judgements).filter(assignment__comparison=self.pair)
        if self.kind:
            judgements = rare(judgements).filter(assignment__kind=self.kind)
        if self.guideline:
            judgements = judgements.filter(assignment__guideline=self.guideline)
        return judgements

    def _by(self, judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
        if self.cohort:
            judgements = judgements.filter(assignment__person__in=self.cohort.people.all())
        if self.other:
            one = Q(Exists(answered(person=self.other)), assignment__person=self.person)
            other = Q(Exists(answered(person=self.person)), assignment__person=self.other)
            return rare(counting(judgements)).filter(one | other)
        if self.person:
            judgements = rare(judgements).filter(assignment__person=self.person)
        if self.overlapped:
            others = answered().exclude(person=OuterRef("assignment__person"))
            if self.cohort:
                others = others.filter(person__in=self.cohort.people.all())
            judgements = counting(judgements).filter(Exists(others))
        return judgements

    def narrowed(self) -> Iterator[tuple[str, str]]:
        """What a link has asked for that the form does not show: how the address calls it, and in words."""
        if self.other:
            yield "other", gettext("of pairs that %(person)s judged, too") % {"person": self.other.pseudonym}
        if self.overlapped:
            yield "overlapped", gettext("of pairs that several people judged")
        if self.kind:
            yield "kind", str(KINDS[self.kind])
        if self.language:
            unnamed = gettext("in a language that nobody named")
            named = gettext("in %(language)s") % {"language": languages.named(self.language)}
            yield "language", unnamed if self.language == UNNAMED else named
        if self.guideline:
            yield "guideline", gettext("by version %(number)d of the guideline") % {"number": self.guideline.number}
        if self.cohort:
            yield "cohort", gettext("by people of %(cohort)s") % {"cohort": self.cohort}
        if self.pair:
            yield "pair", gettext("of one pair")


def tag(language: str) -> str:
    """As it is stored."""
    return "" if language == UNNAMED else language


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def answered(**by: Any) -> QuerySet[Assignment]:
    """What counts of the same comparison, on the same axis, as the judgement of an outer query."""
    same = {"comparison": OuterRef("assignment__comparison"), "axis": OuterRef("axis")}
    return Assignment.objects.counted().filter(**same, **by, judgement__outcome=Outcome.JUDGED)


def rare(judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    """Of which there are few among all: PostgreSQL looks for them first, and then sorts them."""
    return judgements.filter(assignment__judgement=F("pk"))


def counting(judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    return judgements.filter(outcome=Outcome.JUDGED, assignment__slot__isnull=False)
