"""Columns that tables have in common."""

from datetime import date, datetime
from typing import Any

import django_tables2
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
WHEN = {"td": {"class": "when"}}
ACTS = {"td": {"class": "acts"}}


class Number(django_tables2.Column):
    """The most first, where one sorts by it."""

    def __init__(self, label: Any, **terms: Any) -> None:
        super().__init__(verbose_name=label, attrs=NUMBER, initial_sort_descending=True, **terms)


class When(django_tables2.Column):
    """A day, or a day and a time where it is a moment and `clock` says so; the latest first, where one sorts by it."""

    def __init__(self, label: Any, *, clock: bool = False, **terms: Any) -> None:
        super().__init__(verbose_name=label, attrs=WHEN, initial_sort_descending=True, **terms)
        self.format = "j M Y, H:i" if clock else "j M Y"

    def render(self, value: date) -> str:
        return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, self.format)

    def value(self, value: date) -> str:
        return value.isoformat() if value else ""


class Acts(django_tables2.Column):
    """What can be done to a row, as forms and links: a template that knows it as `record`, and what the table knows.

    Nothing else: what pages know of every request would be made for each row anew.
    """

    def __init__(self, template: str) -> None:
        super().__init__(accessor="pk", orderable=False, exclude_from_export=True, attrs=ACTS)
        self.template = template

    @property
    def header(self) -> SafeString:
        return format_html('<span class="visually-hidden">{}</span>', _("What you can do"))

    def render(self, record: Any, table: Any) -> SafeString:
        context = {**table.known, "record": record, "csrf_token": get_token(table.request)}
        return render_to_string(self.template, context)


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
        label = _("Tick %(row)s") % {"row": getattr(record, self.names)}
        ticked = mark_safe(" checked") if str(value) in getattr(table, "ticked", ()) else ""
        box = '<input type="checkbox" name="{}" value="{}" form="act" aria-label="{}"{}>'
        return format_html(box, self.name, value, label, ticked)
