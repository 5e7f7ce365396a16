"""An event in words: what happened, to what, and how it was before."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, Field, ForeignKey, Model
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from labeling.audit.kinds import KINDS, SET, Kind
from labeling.audit.models import Event
from labeling.cohorts.models import Person

LONGEST = 300  # characters of a value
TOLD_APART = {  # beside what happened: to whom, where, by whom and when
    *(
        "person_id",
        "user_id",
        "project_id",
        "cohort_id",
        "membership_id",
        "created_by_id",
        "by_id",
        "given_by_id",
        "grader_id",
    ),
    "invited_by_id",
    *("created_at", "joined_at", "began_at", "granted_at", "given_at", "withdrawn_at"),
}
NAMING = ("name", "title", "number")  # columns by which a row is called, the first that it has

Names = dict[type[Model], dict[Any, str]]


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """`called` is what the thing was called at the time; `changes` of what was added or removed have one side only."""

    event: Event
    what: str
    called: str
    changes: list[Change]
    actor: str
    person: str


def sees_names(viewer: Person) -> bool:
    return viewer.is_staff or viewer.has_perm("cohorts.see_names")


def tell(events: Sequence[Event], *, by_name: bool) -> list[Told]:
    """As many queries for a page of events as for one of each kind. `by_name`: people are named, not by pseudonym."""
    names = names_of(events, by_name=by_name)
    return [
        Told(
            event=event,
            what=what(event),
            called=called(event, names),
            changes=changes(event, names),
            actor=actor_in_words(event, by_name=by_name),
            person=person_in_words(event.person_id, event.person, by_name=by_name),
        )
        for event in events
    ]


def actor_in_words(event: Event, *, by_name: bool) -> str:
    if event.command:
        return _("command line: %(command)s") % {"command": event.command}
    return person_in_words(event.actor_id, event.actor, by_name=by_name)


def person_in_words(pk: int | None, person: Person | None, *, by_name: bool) -> str:
    if pk is None:
        return ""
    if person is None:
        return _("somebody who is deleted")
    return f"{person} ({person.pseudonym})" if by_name else person.pseudonym


def kind_of(event: Event) -> Kind:
    return KINDS.get(event.kind) or Kind(event.kind, event.kind)


def what(event: Event) -> str:
    kind = kind_of(event)
    if event.action == Event.Action.CHANGED:
        for (column, value), said in kind.words.items():
            now = event.after.get(column)
            if column in event.after and (now == value or (value is SET and now is not None)):
                return str(said)
    if event.action in kind.acts:
        return str(kind.acts[event.action])
    thing = {"thing": kind.name, "n": event.rows}
    if event.rows > 1:
        many = {"added": _("%(thing)s added: %(n)d"), "removed": _("%(thing)s removed: %(n)d")}
        return many.get(event.action, "%(thing)s") % thing
    sentences = {
        "added": _("%(thing)s added"),
        "changed": _("%(thing)s changed"),
        "removed": _("%(thing)s removed"),
    }
    return sentences.get(event.action, "%(thing)s") % thing


def called(event: Event, names: Names) -> str:
    kind, columns = kind_of(event), columns_of(event.kind)
    about = {column: shown(columns.get(column), value, names) for column, value in event.about.items()}
    return str(kind.called) % defaultdict(str, about) if kind.called else about.get("name", about.get("title", ""))


def changes(event: Event, names: Names) -> list[Change]:
    """Of what was added or removed, only what its name does not say, and what is not so by itself anyway."""
    columns, kind = columns_of(event.kind), kind_of(event)
    both = event.action == Event.Action.CHANGED
    said = TOLD_APART | (set() if both else {"name", "title", *re.findall(r"%\((\w+)\)", str(kind.called))})
    told = []
    order = {column: place for place, column in enumerate(columns)}
    for column in sorted({*event.before, *event.after} - said, key=lambda name: order.get(name, len(order))):
        field, was, now = columns.get(column), event.before.get(column), event.after.get(column)
        if both or not is_usual(field, now if column in event.after else was):
            sides = (shown(field, value, names) if both or value is not None else "" for value in (was, now))
            told.append(Change(label(field, column), *sides))
    return told


def is_usual(field: Any, value: Any) -> bool:
    return value in (None, "", []) or (field is not None and field.has_default() and field.get_default() == value)


def label(field: Any, column: str) -> str:
    return str(field.verbose_name) if field is not None else column.removesuffix("_id").replace("_", " ")


def shown(field: Any, value: Any, names: Names) -> str:
    """A value as it stands in an event, for people to read."""
    if value is None or value == "" or value == []:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, ForeignKey):
        return names.get(field.related_model, {}).get(value, f"#{value}")
    if isinstance(field, DateTimeField) and (moment := parse_datetime(str(value))):
        return date_format(localtime(moment), "j M Y, H:i")
    if isinstance(field, ArrayField):
        return ", ".join(shown(field.base_field, one, names) for one in value)
    text = str(dict(field.flatchoices).get(value, value) if isinstance(field, Field) and field.choices else value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def columns_of(kind: str) -> dict[str, Any]:
    """Column: field, of what is watched. A column that is gone since, or an event of no table, has none."""
    try:
        model = apps.get_model(kind)
    except LookupError:
        return {}
    return {str(field.column): field for field in model._meta.concrete_fields}


def names_of(events: Iterable[Event], *, by_name: bool) -> Names:
    """What every row is called that these events refer to: one query for each table."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for event in events:
        columns = columns_of(event.kind)
        for side in (event.about, event.before, event.after):
            for column, value in side.items():
                if isinstance(field := columns.get(column), ForeignKey) and value is not None:
                    wanted[field.related_model].add(value)
    return {model: dict(named(model, keys, by_name=by_name)) for model, keys in wanted.items()}


def named(model: type[Model], keys: set[Any], *, by_name: bool) -> list[tuple[Any, str]]:
    if model is Person:
        people = Person.objects.filter(pk__in=keys)
        return [(one.pk, person_in_words(one.pk, one, by_name=by_name)) for one in people]
    columns = {field.name for field in model._meta.concrete_fields}
    column = next((name for name in NAMING if name in columns), "pk")
    rows = model._default_manager.filter(pk__in=keys)
    return [(row["pk"], str(row[column])) for row in rows.values("pk", column)]
