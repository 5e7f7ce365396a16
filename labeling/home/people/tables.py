"""The table of people, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Membership, Person
from labeling.home.people.known import State
from labeling.projects import languages
from labeling.projects.access import cohorts_for, people_for, sees_names
from labeling.tables import FilterSet, Number, Table, Tick, When

BADGES = {State.ACTIVE: "badge-open", State.PAUSED: "badge-wrong"}


NAMES = ("name", "email", "confirmed")


def hidden_from(viewer: Person) -> tuple[str, ...]:
    """The columns of a table of people that this person is not shown."""
    return () if sees_names(viewer) else NAMES


class Named(Table):
    """Rows are people, each by their pseudonym, and by their name for whom `hidden_from` lets see it."""

    heads = "pseudonym"

    pseudonym = tables.Column(verbose_name=_("Person"))
    name = tables.Column(verbose_name=_("Name"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail address"), visible=False)  # of the file; a page has it under the name

    def render_pseudonym(self, value: str, record: Person) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("person", args=[record.pk]), value)

    def value_pseudonym(self, value: str) -> str:
        return value

    def render_name(self, record: Person) -> SafeString:
        return format_html("<bdi>{}</bdi> <small>{}</small>", record.name, record.email)

    def value_name(self, record: Person) -> str:
        return record.name


class PeopleTable(Named):
    caption = _("People")

    pick = Tick("person", names="pseudonym")
    confirmed = tables.Column(verbose_name=_("Address confirmed"), visible=False)  # of the file, as it is
    cohorts = tables.Column(verbose_name=_("Cohorts"), accessor="pk", orderable=False)
    state = tables.Column(verbose_name=_("State"))
    today = Number(_("Today"))
    week = Number(_("7 days"))
    total = Number(_("In all"))
    last_day = When(_("Last judged"))

    class Meta(Table.Meta):
        sequence = ("pick", "...")
        order_by = ("pseudonym",)
        empty_text = _("Nobody is here yet. People come in through the cohorts of your projects.")

    def render_name(self, record: Any) -> SafeString:
        said = "" if record.confirmed else format_html(' <span class="badge">{}</span>', gettext("not confirmed"))
        return format_html("{}{}", super().render_name(record), said)

    def value_confirmed(self, value: bool) -> str:
        return gettext("yes") if value else gettext("no")

    def render_cohorts(self, record: Any) -> SafeString:
        return format_html_join(", ", "<bdi>{}</bdi>", ((one.cohort.name,) for one in record.current))

    def value_cohorts(self, record: Any) -> str:
        return ", ".join(one.cohort.name for one in record.current)

    def render_state(self, value: str, record: Person) -> SafeString:
        return state_badge(value, record)

    def value_state(self, value: str) -> str:
        return str(State(value).label)


def state_badge(value: str, person: Person) -> SafeString:
    label = conditional_escape(State(value).label)
    badge = format_html('<span class="badge {}">{}</span>', BADGES.get(State(value), ""), label)
    if person.is_active:
        return badge
    return format_html('{} <span class="badge badge-wrong">{}</span>', badge, gettext("may not sign in"))


class NamedFilter(FilterSet):
    """`viewer` is whose page it is: names are searched for who sees them."""

    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    cohort = django_filters.ModelChoiceFilter(label=_("Cohort"), method="inside", empty_label=_("any"))

    def __init__(self, data: Any, *, queryset: QuerySet[Person], viewer: Person) -> None:
        super().__init__(data, queryset=queryset)
        self.names = sees_names(viewer)
        self.cohorts = cohorts_for(viewer).order_by("name")
        self.filters["cohort"].extra["queryset"] = self.cohorts

    def search(self, people: QuerySet[Person], _name: str, value: str) -> QuerySet[Person]:
        found = Q(pseudonym__icontains=value.strip())
        if self.names:
            found |= Q(name__icontains=value.strip()) | Q(email__icontains=value.strip())
        return people.filter(found)

    def inside(self, people: QuerySet[Person], _name: str, cohort: Any) -> QuerySet[Person]:
        return people.filter(pk__in=cohort.memberships.current().values("person"))


class PeopleFilter(NamedFilter):
    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, empty_label=_("any"))
    language = django_filters.ChoiceFilter(label=_("Language"), method="speaking", empty_label=_("any"))
    address = django_filters.ChoiceFilter(
        label=_("E-mail address"),
        choices=[("confirmed", _("confirmed")), ("not", _("not confirmed"))],
        method="proven",
        empty_label=_("any"),
    )

    def __init__(self, data: Any, *, queryset: QuerySet[Person], viewer: Person) -> None:
        super().__init__(data, queryset=queryset, viewer=viewer)
        known = {tag for tags in self.cohorts.values_list("languages", flat=True) for tag in tags}
        known |= set(people_for(viewer).order_by().values_list("language", flat=True).distinct()) - {""}
        named = [(tag, languages.named(tag)) for tag in known]
        self.filters["language"].extra["choices"] = sorted(named, key=lambda one: one[1].casefold())
        if not self.names:
            del self.filters["address"]

    def proven(self, people: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return people.filter(confirmed=value == "confirmed")

    def speaking(self, people: QuerySet[Person], _name: str, tag: str) -> QuerySet[Person]:
        """What they wrote in last, or what a cohort of theirs is for."""
        inside = Membership.objects.current().filter(cohort__languages__contains=[tag])
        return people.filter(Q(language=tag) | Q(pk__in=inside.values("person")))
