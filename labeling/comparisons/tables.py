"""Leases as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import SearchInput
from django.utils.translation import gettext_lazy as _

from labeling.comparisons.models import Assignment
from labeling.projects.models import Axis
from labeling.tables import Acts, FilterSet, Number, Table, When

KINDS = (Assignment.Kind.OVERLAP, Assignment.Kind.GOLD, Assignment.Kind.REPEAT, Assignment.Kind.REWORK)
LEASED = [(kind.value, kind.label) for kind in KINDS]  # for which a pair of somebody else is on one's page


class LeasesTable(Table):
    """The longest held first. It knows the `project`."""

    caption = _("Pairs that are on somebody's page")
    heads = "person"

    person = tables.Column(verbose_name=_("Person"), accessor="person__pseudonym")
    round = Number(_("Round"), accessor="comparison__round__number")
    axes = tables.Column(verbose_name=_("Judged for"), orderable=False)
    kind = tables.Column(verbose_name=_("Why they have it"))
    created_at = When(_("Since"), clock=True)
    leased_until = When(_("Theirs until"), clock=True)
    acts = Acts("comparisons/lease_acts.html")

    class Meta(Table.Meta):
        order_by = ("created_at",)
        empty_text = _("Nobody has a pair of somebody else on their page now.")

    def render_axes(self, value: list[str]) -> str:
        return ", ".join(str(Axis(axis).label) for axis in value)

    def render_kind(self, record: Assignment) -> str:
        return record.get_kind_display()


class LeasesFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Person"), method="search", widget=SearchInput({"autocomplete": "off"}))
    kind = django_filters.ChoiceFilter(label=_("Why they have it"), choices=LEASED, empty_label=_("any"))

    def search(self, leases: QuerySet[Assignment], _name: str, value: Any) -> QuerySet[Assignment]:
        return leases.filter(person__pseudonym__icontains=value.strip())
