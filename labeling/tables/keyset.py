"""Pages by the row that they begin beyond, however many rows came before: an offset reads all of those first, and skips
or repeats some where rows come and go meanwhile.

Paginators that are published take the fields of a model; here one sorts by what is counted, and by what may be empty.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Coalesce


@dataclass(frozen=True)
class Order:
    """By a field or an annotation, then by key. What is empty comes last, in either direction.

    Where nothing can be empty, nothing is said of it: an index that knows no such rule answers then. `rank` is the same
    as the annotation, but an aggregate: to add up all that rows refer to at once takes a fourth of the time that it
    takes for each row apart.
    """

    field: str
    descending: bool = False
    rank: Any = None

    def of(self, rows: QuerySet[Any], *, backwards: bool = False) -> QuerySet[Any]:
        down = self.descending != backwards
        key = "-pk" if down else "pk"
        if self.field == "pk":
            return rows.order_by(key)
        places: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
        places = places if may_be_empty(rows, self.field) else {}
        return rows.order_by(F(self.field).desc(**places) if down else F(self.field).asc(**places), key)

    def beyond(self, rows: QuerySet[Any], value: Any, pk: Any, *, backwards: bool = False) -> QuerySet[Any]:
        """Rows that come after the row with this value and key; or before it."""
        further = "lt" if self.descending != backwards else "gt"
        if self.field == "pk":
            return rows.filter(**{f"pk__{further}": pk})
        empty = Q(**{f"{self.field}__isnull": True})
        if value is None:
            tied = empty & Q(**{f"pk__{further}": pk})
            return rows.filter(tied | ~empty if backwards else tied)
        rest = Q(**{f"{self.field}__{further}": value}) | Q(**{self.field: value, f"pk__{further}": pk})
        if may_be_empty(rows, self.field):
            return rows.filter(rest if backwards else rest | empty)
        return rows.filter(rest, **{f"{self.field}__{further}e": value})  # an index begins there

    def first(self, rows: QuerySet[Any], size: int, place: Any = None, *, backwards: bool = False) -> list[Any]:
        """So many rows beyond a place, which is a value and a key; or from the beginning."""
        order, among = self, rows
        if self.rank is not None:
            order, among = Order("rank", self.descending), rows.values("pk").annotate(rank=self.rank)
        among = order.beyond(among, *place, backwards=backwards) if place else among
        among = order.of(among, backwards=backwards)
        if self.rank is None:
            return list(among[:size])
        keys = list(among.values_list("pk", flat=True)[:size])
        found = rows.in_bulk(keys)
        return [found[key] for key in keys if key in found]


def may_be_empty(rows: QuerySet[Any], name: str) -> bool:
    """An annotation says itself that it never is: by a default, as Coalesce has one."""
    if name in rows.query.annotations:
        return not isinstance(rows.query.annotations[name], Coalesce)
    model: Any = rows.model
    for part in name.split("__"):
        field = model._meta.get_field(part)
        if field.null:
            return True
        model = field.related_model
    return False


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
    found = order.first(rows, size + 1)
    return Page(found[:size], after=_key(found[:size]) if len(found) > size else None)


def _beyond(rows: QuerySet[Any], order: Order, size: int, key: Any, *, backwards: bool) -> Page | None:
    if not (value := list(rows.filter(pk=key).values_list(order.field, flat=True)[:1])):
        return None
    found = order.first(rows, size + 1, (value[0], key), backwards=backwards)
    more, found = len(found) > size, found[:size]
    if not found:
        return None
    if backwards:
        found.reverse()
        return Page(found, before=found[0].pk if more else None, after=_key(found))
    return Page(found, before=found[0].pk, after=_key(found) if more else None)


def _key(rows: list[Model]) -> Any:
    return rows[-1].pk if rows else None
