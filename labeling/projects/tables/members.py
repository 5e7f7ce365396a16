"""The people of a cohort as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Membership, Person
from labeling.projects.access import called, let_in_by_link, sees_names
from labeling.tables import Acts, FilterSet, Table, When

NAMES = ("name", "email")
HERE = [("never", _("never")), ("once", _("at some time"))]


class MembersTable(Table):
    """It knows the `project` and `cohort` of the page, and whether its reader is `staff` and `runs` the cohort."""

    caption = _("People")
    heads = "pseudonym"

    pseudonym = tables.Column(verbose_name=_("Person"), accessor="person__pseudonym")
    name = tables.Column(verbose_name=_("Name"), accessor="person__name", empty_values=())
    email = tables.Column(verbose_name=_("E-mail address"), accessor="person__email", visible=False)  # of the file
    joined_at = When(_("Joined"))
    last_login = When(_("Last here"), accessor="person__last_login", empty_values=())
    acts = Acts("projects/cells/member_acts.html")

    class Meta(Table.Meta):
        order_by = ("pseudonym",)

    def render_name(self, record: Membership) -> SafeString:
        return format_html("<bdi>{}</bdi> <small>{}</small>", record.person.name, record.person.email)

    def value_name(self, record: Membership) -> str:
        return record.person.name

    def render_last_login(self, value: Any, record: Membership) -> SafeString | str:
        if not record.person.is_active:
            return format_html('<span class="badge badge-wrong">{}</span>', gettext("may not sign in"))
        if value is None:
            return format_html('<span class="quiet">{}</span>', gettext("never"))
        return date_format(localtime(value), "j M Y")


class MembersFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    here = django_filters.ChoiceFilter(
        label=_("Last here"),
        choices=[("never", _("never")), ("once", _("at some time"))],
        method="seen",
        empty_label=_("any"),
    )

    def __init__(self, data: Any, *, queryset: QuerySet[Membership], viewer: Person) -> None:
        super().__init__(data, queryset=queryset)
        self.names = sees_names(viewer)

    def search(self, members: QuerySet[Membership], _name: str, value: str) -> QuerySet[Membership]:
        found = Q(person__pseudonym__icontains=value.strip())
        if self.names:
            found |= Q(person__name__icontains=value.strip()) | Q(person__email__icontains=value.strip())
        return members.filter(found)

    def seen(self, members: QuerySet[Membership], _name: str, value: str) -> QuerySet[Membership]:
        return members.filter(person__last_login__isnull=value == "never")


def dressed(viewer: Person) -> Any:
    """What is shown of members: each as `called`, and whether one `may` make a link for them."""

    def dress(members: list[Any]) -> list[Any]:
        theirs = let_in_by_link(viewer).filter(pk__in=[one.person_id for one in members])
        may = set(theirs.values_list("pk", flat=True))
        for one in members:
            one.called, one.may = called(one.person, viewer), one.person_id in may
        return members

    return dress
