"""Prompt sets, and the prompts of one, as tables, and what one may ask of them."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q, QuerySet
from django.forms import SearchInput
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from labeling.projects.models import Prompt, PromptSet, Round
from labeling.tables import Acts, FilterSet, Number, Table

LONG = 500  # characters, from which on a prompt may be scrolled


class PromptSetsTable(Table):
    """Rows are dressed."""

    caption = _("Prompt sets")
    heads = "name"

    name = tables.Column(verbose_name=_("Set"), attrs={"td": {"dir": "auto"}})
    prompts = Number(_("Prompts"), accessor="prompt_count", orderable=False)
    rounds = Number(_("Rounds that use it"), accessor="round_count", orderable=False)

    class Meta(Table.Meta):
        order_by = ("name",)

    def render_name(self, value: str, record: PromptSet) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("prompt_set", args=[record.pk]), value)

    def value_name(self, value: str) -> str:
        return value

    def render_prompts(self, value: int) -> str:
        return intcomma(value)

    def value_prompts(self, value: int) -> int:
        return value


class PromptSetsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))

    def search(self, sets: QuerySet[PromptSet], _name: str, value: str) -> QuerySet[PromptSet]:
        words = value.strip()
        return sets.filter(Q(name__icontains=words) | Q(description__icontains=words))


def with_counts(sets: list[Any]) -> list[Any]:
    """How many prompts and rounds each has, asked once for all of them."""
    for name, rows in (("prompt_count", Prompt.objects), ("round_count", Round.objects)):
        there: QuerySet[Any, Any] = rows.filter(prompt_set__in=sets).order_by()
        counted = dict(there.values_list("prompt_set").annotate(Count("pk")))
        for one in sets:
            setattr(one, name, counted.get(one.pk, 0))
    return sets


class PromptsTable(Table):
    """In the order in which annotators are offered them. It knows the `set`."""

    caption = _("Prompts")

    text = tables.Column(verbose_name=_("Prompt"), orderable=False, attrs={"td": {"class": "words", "dir": "auto"}})
    language = tables.Column(verbose_name=_("Language"))
    category = tables.Column(verbose_name=_("Category, risk, attack, tags"), attrs={"td": {"class": "kinds"}})
    uses = Number(_("Used"), orderable=False)
    order = tables.Column(verbose_name=_("Number"), accessor="pk", visible=False)
    acts = Acts("projects/cells/prompt_acts.html")

    class Meta(Table.Meta):
        order_by = ("order",)

    def render_text(self, value: str, record: Prompt) -> SafeString:
        scrolls = format_html(' tabindex="{}"', 0) if len(value) > LONG else ""
        turns = format_html_join("", "<li>{}</li>", ((turn,) for turn in record.follow_ups))
        more = format_html('<p class="quiet">{}</p><ol>{}</ol>', _("Then:"), turns) if turns else ""
        return format_html('<div class="prompt"{}>{}</div>{}', scrolls, value, more)

    def value_text(self, value: str, record: Prompt) -> str:
        return "\n\n".join([value, *record.follow_ups])

    def render_category(self, record: Prompt) -> SafeString:
        kinds = [
            kind for kind in (record.get_risk_display(), record.get_attack_display(), ", ".join(record.tags)) if kind
        ]
        more = format_html_join("", '<br><span class="quiet">{}</span>', ((kind,) for kind in kinds))
        return format_html("{}{}", record.get_category_display(), more)

    def value_category(self, record: Prompt) -> str:
        return "/".join(str(kind) for kind in (record.category, record.risk, record.attack, *record.tags) if kind)


class PromptsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    category = django_filters.ChoiceFilter(label=_("Category"), empty_label=_("any"))

    def __init__(self, data: Any, *, queryset: QuerySet[Prompt], prompt_set: PromptSet) -> None:
        super().__init__(data, queryset=queryset)
        rows: QuerySet[Prompt, Any] = prompt_set.prompts.order_by().values_list("category").annotate(Count("pk"))
        counted = dict(rows)
        choices = [(one.value, f"{one.label} ({counted.get(one.value, 0):,})") for one in Prompt.Category]
        self.filters["category"].extra["choices"] = choices

    def search(self, prompts: QuerySet[Prompt], _name: str, value: str) -> QuerySet[Prompt]:
        return prompts.filter(text__icontains=value.strip())
