"""Events as a table, the newest first, and what one may ask of it.

Keys only grow, so a page begins beyond the last one of the page before, however much happens meanwhile.
"""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import DateInput, HiddenInput, SearchInput
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.audit.kinds import KINDS
from labeling.audit.models import Event
from labeling.audit.wanted import about, beginning, by, midnight
from labeling.audit.words import Told
from labeling.tables import FilterSet, Table, When

LONGEST = 200  # characters of what is searched for
DAY = {"type": "date"}
SEARCH = {"autocomplete": "off"}


class EventsTable(Table):
    """Of what audit/words.py tells. It knows the `project` whose page it is, if it is one's."""

    caption = _("Changes")
    heads = "what"
    stacked = True

    key = tables.Column(verbose_name=_("Number"), accessor="event__pk", visible=False)
    at = When(_("When"), clock=True, accessor="event__at", order_by="pk")
    actor = tables.Column(verbose_name=_("Who"), orderable=False, empty_values=(), attrs={"td": {"class": "who"}})
    what = tables.Column(verbose_name=_("What"), orderable=False)
    called = tables.Column(verbose_name=_("Called"), visible=False)
    person = tables.Column(verbose_name=_("Person"), visible=False)
    place = tables.Column(verbose_name=_("Project"), accessor="event__project", visible=False)
    cohort = tables.Column(verbose_name=_("Cohort"), accessor="event__cohort", visible=False)
    changes = tables.Column(
        verbose_name=_("Before → after"), orderable=False, empty_values=(), attrs={"td": {"class": "words"}}
    )

    class Meta(Table.Meta):
        order_by = ("-at",)
        empty_text = _(
            "Nothing has been changed yet. What people change stands here as soon as they do, with who did it and how "
            "it was before."
        )

    def render_actor(self, record: Told) -> SafeString:
        if not record.actor or record.event.actor is None:
            return format_html(
                '<span class="quiet">{}</span>', record.actor or gettext("Tandem, its command line, or a visitor")
            )
        return self._narrowed(record.actor, by=record.event.actor.pseudonym)

    def value_actor(self, record: Told) -> str:
        return record.actor

    def render_what(self, record: Told) -> SafeString:
        event = record.event
        called = record.called
        if called and event.object_id:
            called = self._narrowed(called, kind=event.kind, one=event.object_id)
        if called:
            called = format_html(": <bdi>{}</bdi>", called)
        person = self._narrowed(record.person, about=event.person.pseudonym) if event.person else record.person
        cohort = event.cohort if event.kind != "cohorts.cohort" else None
        project = event.project if event.kind != "projects.project" and not self.known["project"] else None
        places = [format_html("<bdi>{}</bdi>", one) for one in (person, cohort, project) if one]
        return format_html("{}{} <small>{}</small>", record.what, called, SafeString(" · ".join(places)))

    def value_what(self, record: Told) -> str:
        return record.what

    def render_changes(self, record: Told) -> SafeString:
        return render_to_string("audit/changes.html", {"changes": record.changes}) if record.changes else SafeString()

    def value_changes(self, record: Told) -> str:
        changed = (gettext("%(label)s: %(before)s → %(after)s") % vars(change) for change in record.changes)
        return "; ".join(changed)

    def _narrowed(self, said: str, **asked: Any) -> SafeString:
        """A link to what else is like that, within what is asked for already."""
        query = self.request.GET.copy()
        for gone in ("after", "before"):
            query.pop(gone, None)
        for name, value in asked.items():
            query[name] = value
        return format_html('<a href="?{}" dir="auto">{}</a>', query.urlencode(), said)


class EventsFilter(FilterSet):
    """`by_name`: people are found by name and address too, not by pseudonym alone."""

    text = django_filters.CharFilter(label=_("Words"), method="worded", max_length=LONGEST, widget=SearchInput(SEARCH))
    kind = django_filters.ChoiceFilter(label=_("What"), empty_label=_("everything"))
    by = django_filters.CharFilter(label=_("Changed by"), method="changed_by", max_length=LONGEST)
    about = django_filters.CharFilter(label=_("About"), method="concerning", max_length=LONGEST)
    since = django_filters.DateFilter(label=_("From"), method="from_", widget=DateInput(DAY, format="%Y-%m-%d"))
    until = django_filters.DateFilter(label=_("To"), method="up_to", widget=DateInput(DAY, format="%Y-%m-%d"))
    one = django_filters.CharFilter(field_name="object_id", max_length=LONGEST, widget=HiddenInput)

    def __init__(self, data: Any, *, queryset: QuerySet[Event], by_name: bool) -> None:
        super().__init__(data, queryset=queryset)
        self.by_name = by_name
        kinds = sorted(((key, str(kind.name)) for key, kind in KINDS.items()), key=lambda kind: kind[1])
        self.filters["kind"].extra["choices"] = kinds
        who = gettext("name, e-mail, pseudonym") if by_name else gettext("pseudonym")
        self.filters["by"].extra["widget"] = SearchInput({**SEARCH, "placeholder": who})
        self.filters["about"].extra["widget"] = SearchInput(
            {**SEARCH, "placeholder": gettext("person, project, cohort")}
        )
        if data.get("kind") not in KINDS:
            del self.filters["one"]  # a key says nothing without what it is the key of

    def worded(self, events: QuerySet[Event], _name: str, value: str) -> QuerySet[Event]:
        return events.filter(words=beginning(value))

    def changed_by(self, events: QuerySet[Event], _name: str, value: str) -> QuerySet[Event]:
        return events.filter(by(value, by_name=self.by_name))

    def concerning(self, events: QuerySet[Event], _name: str, value: str) -> QuerySet[Event]:
        return events.filter(about(value, by_name=self.by_name))

    def from_(self, events: QuerySet[Event], _name: str, value: Any) -> QuerySet[Event]:
        begin = midnight(value)
        return events.filter(at__gte=begin) if begin else events

    def up_to(self, events: QuerySet[Event], _name: str, value: Any) -> QuerySet[Event]:
        end = midnight(value, days=1)
        return events.filter(at__lt=end) if end else events
