"""How each person judges as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import FloatField, Q, QuerySet
from django.db.models.functions import Cast, NullIf
from django.forms import HiddenInput, SearchInput
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.access import sees_names
from labeling.projects.models import Axis
from labeling.quality.evidence import Signal
from labeling.quality.habits import COUNTED, SHARES, SIGNALS, Known
from labeling.quality.models import Total
from labeling.quality.shares import Share
from labeling.tables import FilterSet, Number, Table

SOMETHING = "something"
OF_THE_FILE: dict[str, Any] = {"visible": False, "orderable": False}


def with_shares(totals: QuerySet[Total]) -> QuerySet[Total]:
    """To sort by; empty where there is nothing to have a share of."""
    shares = {
        f"{name}_share": Cast(hits, FloatField()) / NullIf(Cast(of, FloatField()), 0.0)
        for name, (hits, of) in COUNTED.items()
    }
    return totals.annotate(**shares)


class ShareColumn(Number):
    """With its interval, leading to the judgements that it is of."""

    def __init__(self, name: str) -> None:
        super().__init__(SHARES[name], accessor=f"habits__{name}", order_by=f"{name}_share")
        self.name = name

    def render(self, value: Share, record: Known) -> SafeString:
        return render_to_string("quality/share.html", {"share": value, "url": record.behind(self.name)})

    def value(self, value: Share) -> float | str:
        return "" if value.value is None else value.value


class Of(Number):
    """How many a share is of."""

    def __init__(self, name: str) -> None:
        label = format_lazy(_("{share}, of"), share=SHARES[name])
        super().__init__(label, accessor=f"habits__{name}__of", **OF_THE_FILE)


class PeopleTable(Table):
    """Rows are dressed, as Known."""

    caption = _("How each person judges")
    heads = "person"

    person = tables.Column(verbose_name=_("Person"), accessor="person__pseudonym")
    signals = tables.Column(verbose_name=_("What stands out"), order_by="rank", empty_values=())
    judged = Number(_("Judgements"), accessor="rest__judged", order_by="judged")
    majority = ShareColumn("majority")
    majority_of = Of("majority")
    gold = ShareColumn("gold")
    gold_of = Of("gold")
    repeats = ShareColumn("repeats")
    repeats_of = Of("repeats")
    side = ShareColumn("side")
    longer = ShareColumn("longer")
    longer_of = Of("longer")
    done = Number(_("Answers"), accessor="rest__done", **OF_THE_FILE)
    hurried = Number(_("In less than a third of their usual time"), accessor="rest__hurried", **OF_THE_FILE)
    timed = Number(_("Timed"), accessor="rest__timed", **OF_THE_FILE)

    class Meta(Table.Meta):
        order_by = ("signals",)

    def render_person(self, record: Known) -> SafeString:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', record.address, record.called)

    def value_person(self, value: str) -> str:
        return value

    def render_signals(self, record: Known) -> SafeString:
        return render_to_string("quality/signals.html", {"known": record})

    def value_signals(self, record: Known) -> str:
        return " ".join(record.signals)

    def render_judged(self, value: int, record: Known) -> SafeString:
        return format_html('<a href="{}">{}</a>', record.judged_url, intcomma(value))

    def value_judged(self, value: int) -> int:
        return value


class PeopleFilter(FilterSet):
    axis = django_filters.ChoiceFilter(choices=Axis.choices, widget=HiddenInput, method="on_axis")
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    out = django_filters.ChoiceFilter(
        label=_("What stands out"),
        choices=[(SOMETHING, _("anything")), *((str(signal), said) for signal, said in SIGNALS.items())],
        method="stands_out",
        empty_label=_("everybody"),
    )
    always = ("axis",)

    def __init__(self, data: Any, *, queryset: QuerySet[Total], viewer: Person) -> None:
        super().__init__(data, queryset=queryset)
        self.names = sees_names(viewer)

    def on_axis(self, totals: QuerySet[Total], _name: str, _value: str) -> QuerySet[Total]:
        """They are so already: the page is of one axis."""
        return totals

    def search(self, totals: QuerySet[Total], _name: str, value: str) -> QuerySet[Total]:
        found = Q(person__pseudonym__icontains=value.strip())
        return totals.filter(found | Q(person__name__icontains=value.strip()) if self.names else found)

    def stands_out(self, totals: QuerySet[Total], _name: str, value: str) -> QuerySet[Total]:
        return totals.exclude(signals=[]) if value == SOMETHING else totals.filter(signals__contains=[Signal(value)])
