"""Attempts at an exam as a table, and what one may ask of it. People are shown by pseudonym, whoever reads it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import SearchInput
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext_lazy as _

from labeling.exams.models import Attempt
from labeling.tables import FilterSet, Number, Table, When


class AttemptsTable(Table):
    caption = _("Attempts")
    heads = "pseudonym"

    pseudonym = tables.Column(verbose_name=_("Person"), accessor="person__pseudonym")
    number = Number(_("Attempt"))
    started_at = When(_("Begun"), clock=True)
    state = tables.Column(verbose_name=_("Result"))
    parts = tables.Column(verbose_name=_("Parts"), accessor="pk", orderable=False, attrs={"td": {"class": "tight"}})

    class Meta(Table.Meta):
        order_by = ("-started_at",)

    def render_parts(self, record: Attempt) -> str:
        """What each part that was begun earned."""
        scores = [sitting.score for sitting in record.sittings.all()]
        return " · ".join("…" if score is None else floatformat(score, -1) for score in scores)


class AttemptsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    state = django_filters.ChoiceFilter(label=_("Result"), choices=Attempt.State.choices, empty_label=_("any"))

    def search(self, attempts: QuerySet[Attempt], _name: str, value: Any) -> QuerySet[Attempt]:
        return attempts.filter(person__pseudonym__icontains=value.strip())
