"""What tables and their filters have in common."""

from collections.abc import Callable, Iterator
from inspect import Parameter, Signature, signature
from itertools import islice
from types import MethodType
from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django_tables2.data import TableQuerysetData

from labeling.tables import keyset

CHUNK = 500  # rows of a file that are in memory at a time
Dress = Callable[[list[Any]], list[Any]]
TAKES_ALL = Signature([Parameter("cell", Parameter.VAR_KEYWORD)])


class Rows(TableQuerysetData):
    """A page of a queryset in the order that the table says; or all of it, for a file.

    `dress` makes of rows what is shown: what they need beside their own columns is asked once for all of them. `ranks`
    are aggregates to sort by, by the names of the annotations that say the same of each row.
    """

    def __init__(self, data: QuerySet[Any], *, size: int | None, dress: Dress, ranks: Any, **place: Any) -> None:
        super().__init__(data)
        self.data: Any = data
        self.size, self.dress, self.ranks, self.place = size, dress, ranks, place
        self.page = keyset.Page([])

    def order_by(self, aliases: Any) -> None:
        """By the first of them alone: the key decides what it leaves open."""
        by = str(self.table.columns[aliases[0].bare].order_by[0].for_queryset())
        name = by.removeprefix("-")
        order = keyset.Order(name, descending=by.startswith("-"), rank=self.ranks.get(name))
        if self.size is None:
            self.data = self._all(order.of(self.data))
        else:
            self.page = keyset.page(self.data, order, self.size, **self.place)
            self.data = self.dress(self.page.rows)

    def _all(self, rows: QuerySet[Any]) -> Iterator[Any]:
        found = rows.iterator(CHUNK)
        while chunk := list(islice(found, CHUNK)):
            yield from self.dress(chunk)

    def __len__(self) -> int:
        return len(self.data)


class Table(django_tables2.Table):
    """`caption` says what its rows are, to whoever hears it; the column `heads` names each row. The cells of
    one that is `stacked` stand below each other where there is little room."""

    caption: Any = ""
    heads = ""
    stacked = False
    known: dict[str, Any]  # of the page that it is on

    def __init__(self, *args: Any, **terms: Any) -> None:
        super().__init__(*args, **terms)
        for column in self.columns.iterall():
            column.render, column.value = read_once(column.render), read_once(column.value)

    class Meta:
        order_by_field = "sort"
        orderable = True
        default = ""


def read_once(shows: Callable[..., Any]) -> Callable[..., Any]:
    """What shows a cell, with a signature that is ready: the library reads it anew for each cell, to hand over what is
    asked for, and that is a quarter of the time of a table."""
    if isinstance(shows, MethodType) and shows.__func__ is django_tables2.Column.value:  # the same for `render`
        column: Any = shows.__self__
        shows = column.render
    names = list(signature(shows).parameters)

    def show(**cell: Any) -> Any:
        return shows(**{name: cell[name] for name in names})

    show.__signature__ = TAKES_ALL  # type: ignore[attr-defined]
    return show


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
