"""A table that a request asks for, and the answers it is given."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Model, QuerySet, UUIDField
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.tables import files
from labeling.tables.table import FilterSet, Rows, Table

SIZE = 50  # rows of a page
COUNTED = 10_000  # rows at most: to count all of what grows for ever takes longer than to show some
LONGEST = 18  # digits of a key


@dataclass
class Listing:
    """`total` is how many rows there are in all that the filter lets through; one more than COUNTED means many."""

    table: Table
    filter: FilterSet
    rows: Rows
    total: int

    @classmethod
    def of(
        cls, request: HttpRequest, table: type[Table], filters: type[FilterSet], rows: QuerySet[Any], **terms: Any
    ) -> Self:
        """Columns that are `hidden` are not there; `data` is what is asked for, if the address leaves some of it open;
        `dress` and `ranks` are those of Rows, and `known` is what cells have to know of the page. Other terms are for
        the filter, which may have to know whose page it is."""
        hidden, data, known = terms.pop("hidden", ()), terms.pop("data", request.GET), terms.pop("known", {})
        dress, ranks = terms.pop("dress", list), terms.pop("ranks", {})
        asked = filters(data, queryset=rows, **terms)
        wanted = asked.qs
        file = request.GET.get("as") == "csv"
        beyond = {name: key(request.GET.get(name, ""), rows.model) for name in ("after", "before")}
        page = Rows(wanted, size=None if file else SIZE, dress=dress, ranks=ranks, **beyond)
        shown = table(page, order_by=sorted_by(table, request.GET.get("sort", ""), hidden), exclude=hidden)
        shown.request, shown.known = request, known
        return cls(table=shown, filter=asked, rows=page, total=0 if file else counted(wanted))

    def answer(self, request: Any, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponseBase:
        """The page, the part of it that changes for htmx, or all rows as a file."""
        if request.GET.get("as") == "csv":
            return self.file()
        template = "tables/listing.html" if request.htmx and request.method != "POST" else template
        return render(request, template, {**context, "listing": self}, status=status)

    def file(self) -> StreamingHttpResponse:
        name = f"{slugify(self.table.caption)}-{timezone.localdate():%Y-%m-%d}.csv"
        return download(name, self.table.as_values())

    def lines(self) -> Iterator[list[tuple[bool, str, Any]]]:
        """Of each row its cells: whether it heads the row, its attributes, made once for a column, and its words."""
        columns = [(c.name, c.name == self.table.heads, c.attrs["td"].as_html()) for c in self.table.columns]
        for row in self.table.rows:
            yield [(heads, attributes, row.get_cell(name)) for name, heads, attributes in columns]

    @property
    def said(self) -> str:
        """How many, in words."""
        n, many = self.total, self.total > COUNTED
        figures = {"n": intcomma(COUNTED if many else n)}
        if self.is_filtered:
            said = ngettext("%(n)s is like that", "%(n)s are like that", n)
            return (_("over %(n)s are like that") if many else said) % figures
        return (_("over %(n)s in all") if many else _("%(n)s in all")) % figures

    @property
    def is_filtered(self) -> bool:
        return bool(self.filter.asked.keys() - self.filter.always)

    @property
    def everything(self) -> str:
        """The address of all rows, with those filters that are never open."""
        asked: Any = self.table.request
        kept = {name: value for name, value in asked.GET.items() if name in self.filter.always}
        return f"{asked.path}?{urlencode(kept)}" if kept else str(asked.path)


def counted(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def sorted_by(table: type[Table], asked: str, hidden: Iterable[str]) -> str:
    """What the address asks for, if there is such a column to sort by; else the table's own order."""
    column = table.base_columns.get(asked.removeprefix("-"))
    known = column is not None and column.orderable is not False and asked.removeprefix("-") not in hidden
    return asked if known else str(table._meta.order_by[0])


def download(name: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A file of comma-separated values, sent as it is written."""
    lines: Iterator[str] = files.lines(rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def key(text: str, model: type[Model]) -> Any:
    """None where it is none of such rows."""
    if not isinstance(model._meta.pk, UUIDField):
        return whole(text)
    try:
        return UUID(text)
    except ValueError:
        return None


def whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
