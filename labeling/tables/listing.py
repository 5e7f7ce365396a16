"""A table that a request asks for, and the answers it is given."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify

from labeling.tables import files
from labeling.tables.table import FilterSet, Rows, Table

SIZE = 50  # rows of a page
LONGEST = 18  # digits of a key


@dataclass
class Listing:
    """`total` is how many rows there are in all that the filter lets through."""

    table: Table
    filter: FilterSet
    rows: Rows
    total: int

    @classmethod
    def of(
        cls, request: HttpRequest, table: type[Table], filters: type[FilterSet], rows: QuerySet[Any], **terms: Any
    ) -> Self:
        """Columns that are `hidden` are not there; `data` is what is asked for, if the address leaves some of it open.
        Other terms are for the filter, which may have to know whose page it is."""
        hidden, data = terms.pop("hidden", ()), terms.pop("data", request.GET)
        asked = filters(data, queryset=rows, **terms)
        wanted = asked.qs
        file = request.GET.get("as") == "csv"
        beyond = {name: whole(request.GET.get(name, "")) for name in ("after", "before")}
        page = Rows(wanted, size=None if file else SIZE, **beyond)
        shown = table(page, order_by=sorted_by(table, request.GET.get("sort", ""), hidden), exclude=hidden)
        return cls(table=shown, filter=asked, rows=page, total=0 if file else wanted.count())

    def answer(self, request: Any, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponseBase:
        """The page, the part of it that changes for htmx, or all rows as a file."""
        if request.GET.get("as") == "csv":
            return self.file()
        template = "tables/listing.html" if request.htmx and request.method == "GET" else template
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
    def is_filtered(self) -> bool:
        return bool(self.filter.asked.keys() - self.filter.always)


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


def whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
