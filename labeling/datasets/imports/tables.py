"""Rows of a file that cannot be stored, and why."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from labeling.datasets.imports import words
from labeling.tables import FilterSet, Number, Table


class ProblemsTable(Table):
    caption = _("Rows that are left out")
    heads = "number"

    number = Number(_("Row"))
    cell = tables.Column(verbose_name=_("Column"), orderable=False)
    wrong = tables.Column(verbose_name=_("Why, and what to do"), orderable=False)
    detail = tables.Column(verbose_name=_("What stands there"), orderable=False, attrs={"td": {"class": "words"}})

    class Meta(Table.Meta):
        order_by = ("number",)

    def render_wrong(self, value: str) -> str:
        return words.wrong(value)

    def value_wrong(self, value: str) -> str:
        return words.wrong(value)

    def render_detail(self, value: str, record: Any) -> SafeString:
        return format_html("<bdi>{}</bdi>", words.what_stands_there(record.wrong, value))

    def value_detail(self, value: str, record: Any) -> str:
        return words.what_stands_there(record.wrong, value)


class ProblemsFilter(FilterSet):
    wrong = django_filters.ChoiceFilter(label=_("Why"), empty_label=_("any"))

    def __init__(self, data: Any, *, queryset: Any) -> None:
        super().__init__(data, queryset=queryset)
        found = queryset.order_by("wrong").values_list("wrong", flat=True).distinct()
        self.filters["wrong"].extra["choices"] = [(code, words.wrong(code)) for code in found]
