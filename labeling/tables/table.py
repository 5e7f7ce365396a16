"""What tables and their filters have in common."""

from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django.forms import CheckboxInput
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_tables2.data import TableQuerysetData

from labeling.tables import keyset


class Rows(TableQuerysetData):
    """A page of a queryset in the order that the table says; or all of it, for a file."""

    def __init__(self, data: QuerySet[Any], *, size: int | None, after: Any = None, before: Any = None) -> None:
        super().__init__(data)
        self.data: Any = data
        self.size, self.after, self.before = size, after, before
        self.page = keyset.Page([])

    def order_by(self, aliases: Any) -> None:
        """By the first of them alone: the key decides what it leaves open."""
        by = str(self.table.columns[aliases[0].bare].order_by[0].for_queryset())
        order = keyset.Order(by.removeprefix("-"), descending=by.startswith("-"))
        if self.size is None:
            self.data = order.of(self.data)
        else:
            self.page = keyset.page(self.data, order, self.size, after=self.after, before=self.before)
            self.data = self.page.rows

    def __len__(self) -> int:
        return len(self.data)


class Table(django_tables2.Table):
    """`caption` says what its rows are, to whoever hears it; the column `heads` names each row."""

    caption: Any = ""
    heads = ""

    class Meta:
        order_by_field = "sort"
        orderable = True
        default = ""


class Tick(django_tables2.Column):
    """A box before each row, of the form with the id "act"; where a script runs, one in the head ticks all of the page.

    `names` is the field of a row that says which one it is to who hears it. The table's `ticked` are keys, as text.
    """

    def __init__(self, name: str, names: str) -> None:
        super().__init__(
            accessor="pk", orderable=False, exclude_from_export=True, attrs={"th": {"class": "pick"}}, empty_values=()
        )
        self.name, self.names = name, names

    @property
    def header(self) -> SafeString:
        return format_html(
            '<span class="visually-hidden">{}</span><input type="checkbox" data-ticks="{}" aria-label="{}" hidden>',
            _("Tick"),
            self.name,
            _("Tick all on this page"),
        )

    def render(self, value: Any, record: Any, table: Any) -> SafeString:
        ticked = str(value) in getattr(table, "ticked", ())
        label = _("Tick %(row)s") % {"row": getattr(record, self.names)}
        box = CheckboxInput({"form": "act", "aria-label": label}, check_test=lambda _value: ticked)
        return box.render(self.name, str(value))


class FilterSet(django_filters.FilterSet):
    """What makes no sense in an address asks for nothing: it is a link that is old, or one that somebody typed.

    `always` are filters that are never open, as a period: they do not say that something is left out.
    """

    always: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, Any]:
        """By name, what there is to go by."""
        self.form.is_valid()
        cleaned = self.form.cleaned_data if self.is_bound else {}
        return {name: value for name, value in cleaned.items() if value not in (None, "", [])}

    @property
    def qs(self) -> QuerySet[Any]:
        if not hasattr(self, "_qs"):
            self._qs = self.queryset.all()
            for name, value in self.asked.items():
                self._qs = self.filters[name].filter(self._qs, value)
        return self._qs
