"""Which events somebody asks for, and how they are read: the newest first, a page at a time.

Keys only grow, so a page begins below the last one of the page before, however much happens meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware

from labeling.audit.kinds import KINDS
from labeling.audit.models import Event
from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import Project

PAGE = 50  # events
LONGEST = 200  # characters of what is searched for


@dataclass(frozen=True)
class Wanted:
    """As an address says it; what makes no sense there asks for nothing."""

    by: str = ""
    about: str = ""
    kind: str = ""
    one: str = ""  # thing of that kind, by its key
    text: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Wanted":
        by, about, kind, one, text = (
            asked.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ("by", "about", "kind", "one", "text")
        )
        kind = kind if kind in KINDS else ""
        return cls(by, about, kind, one if kind else "", text, day(asked.get("since", "")), day(asked.get("until", "")))

    def __bool__(self) -> bool:
        return self != Wanted()

    def among(self, events: QuerySet[Event], *, by_name: bool) -> QuerySet[Event]:
        """`by_name`: people are found by name and address too, not by pseudonym alone."""
        if self.by:
            events = events.filter(actor__in=people(self.by, by_name=by_name))
        if self.about:
            named = {"name__icontains": self.about}
            theirs = Q(person__in=people(self.about, by_name=by_name))
            places = Q(project__in=Project.objects.filter(**named)) | Q(cohort__in=Cohort.objects.filter(**named))
            events = events.filter(theirs | places)
        if self.kind:
            events = events.filter(kind=self.kind)
        if self.one:
            events = events.filter(object_id=self.one)
        if self.since:
            events = events.filter(at__gte=begin(self.since))
        if self.until:
            events = events.filter(at__lt=begin(self.until + timedelta(days=1)))
        return events.filter(words=beginning(self.text)) if self.text else events


def day(text: str) -> date | None:
    """No calendar of ours goes on for ever."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1970 < found.year < 9999 else None


def begin(day: date) -> datetime:
    return make_aware(datetime.combine(day, time()))


def people(text: str, *, by_name: bool) -> QuerySet[Person]:
    like = Q(pseudonym__icontains=text)
    if by_name:
        like |= Q(name__icontains=text) | Q(email__icontains=text)
    return Person.objects.filter(like)


def beginning(text: str) -> SearchQuery:
    """Every word of it, each of which may go on."""
    quoted = (word.replace("'", "''") for word in text.replace("\\", " ").split())
    return SearchQuery(" & ".join(f"'{word}':*" for word in quoted), config="simple", search_type="raw")


def of_project(project: Project) -> QuerySet[Event]:
    """What concerns it, the people of its cohorts included."""
    cohorts = Cohort.objects.filter(enrolments__project=project)
    return Event.objects.filter(Q(project=project) | Q(project=None, cohort__in=cohorts))


def page(events: QuerySet[Event], before: int | None, length: int = PAGE) -> tuple[list[Event], int | None]:
    """Those that came before that key, or the newest; and the key that the next page begins below, if there is one."""
    rows = events.select_related("actor", "person", "project", "cohort").defer("words").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: length + 1])
    return found[:length], found[length - 1].pk if len(found) > length else None
