"""Pages by the row that they begin beyond, however many rows came before: an offset reads all of those first, and skips
or repeats some where rows come and go meanwhile.

Paginators that are published take the fields of a model; here one sorts by what is counted, and by what may be empty.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet


@dataclass(frozen=True)
class Order:
    """By a field or an annotation, then by key. What is empty comes last, in either direction."""

    field: str
    descending: bool = False

    def of(self, rows: QuerySet[Any], *, backwards: bool = False) -> QuerySet[Any]:
        down = self.descending != backwards
        places: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
        by = F(self.field).desc(**places) if down else F(self.field).asc(**places)
        return rows.order_by(by, "-pk" if down else "pk")

    def beyond(self, value: Any, pk: Any, *, backwards: bool = False) -> Q:
        """Rows that come after the row with this value and key; or before it."""
        further = "lt" if self.descending != backwards else "gt"
        empty = Q(**{f"{self.field}__isnull": True})
        if value is None:
            tied = empty & Q(**{f"pk__{further}": pk})
            return tied | ~empty if backwards else tied
        tied = Q(**{self.field: value, f"pk__{further}": pk})
        rest = Q(**{f"{self.field}__{further}": value}) | tied
        return rest if backwards else rest | empty


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    before: Any = None  # the key of the row that the page before this one ends with, if there is one
    after: Any = None


def page(rows: QuerySet[Any], order: Order, size: int, *, after: Any = None, before: Any = None) -> Page:
    """Beyond a row by its key, wherever it stands by now; the first page where there is no such row, or nothing beyond
    it. `rows` may leave that row out: it is looked for by its key among all that have the same annotations."""
    backwards = after is None and before is not None
    key = before if backwards else after
    if key is not None and (there := _beyond(rows, order, size, key, backwards=backwards)):
        return there
    found = list(order.of(rows)[: size + 1])
    return Page(found[:size], after=_key(found[:size]) if len(found) > size else None)


def _beyond(rows: QuerySet[Any], order: Order, size: int, key: Any, *, backwards: bool) -> Page | None:
    place = rows.filter(pk=key).values_list(order.field, flat=True)[:1]
    if not (value := list(place)):
        return None
    beyond = rows.filter(order.beyond(value[0], key, backwards=backwards))
    found = list(order.of(beyond, backwards=backwards)[: size + 1])
    more, found = len(found) > size, found[:size]
    if not found:
        return None
    if backwards:
        found.reverse()
        return Page(found, before=found[0].pk if more else None, after=_key(found))
    return Page(found, before=found[0].pk, after=_key(found) if more else None)


def _key(rows: list[Model]) -> Any:
    return rows[-1].pk if rows else None
