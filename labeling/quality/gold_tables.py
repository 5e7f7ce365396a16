"""Known answers as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from labeling.projects.models import Axis
from labeling.quality.models import GoldAnswer
from labeling.quality.shares import Share
from labeling.tables import FilterSet, Number, Table, When

STATES = {"used": _("given to people"), "suspended": _("looks wrong"), "retired": _("retired")}
LONGEST = 80  # characters of a prompt


def state_of(answer: GoldAnswer) -> str:
    return "retired" if answer.retired_at else "suspended" if answer.suspended_at else "used"


class GoldTable(Table):
    caption = _("Known answers")
    heads = "prompt"

    prompt = tables.Column(verbose_name=_("Prompt"), accessor="comparison__context", orderable=False)
    axis = tables.Column(verbose_name=_("Judged for"), visible=False, orderable=False)
    least = tables.Column(verbose_name=_("At least"))
    answers = Number(_("Answers"))
    right = Number(_("Right"))
    missed = Number(_("Missed by reliable people"))
    state = tables.Column(verbose_name=_("State"), accessor="pk", orderable=False)
    decided_at = When(_("Known since"))

    class Meta(Table.Meta):
        order_by = ("-decided_at",)
        empty_text = _("No answer is known here yet.")

    def value_prompt(self, value: Any) -> str:
        return str(value[-1]["content"])

    def render_prompt(self, value: Any, record: GoldAnswer) -> SafeString:
        url = reverse("gold_answer", args=[record.project.slug, record.pk])
        return format_html('<a href="{}" dir="auto">{}</a>', url, truncatechars(self.value_prompt(value), LONGEST))

    def render_axis(self, record: GoldAnswer) -> str:
        return record.get_axis_display()

    def render_least(self, record: GoldAnswer) -> str:
        return record.get_least_display()

    def value_right(self, value: int) -> int:
        return value

    def render_right(self, record: GoldAnswer) -> SafeString | str:
        return in_words(Share(record.right, record.answers))

    def value_missed(self, record: GoldAnswer) -> str:
        return f"{record.missed}/{record.trusted}"

    def render_missed(self, record: GoldAnswer) -> SafeString | str:
        return in_words(Share(record.missed, record.trusted))

    def value_state(self, record: GoldAnswer) -> str:
        return state_of(record)

    def render_state(self, record: GoldAnswer) -> SafeString:
        state = state_of(record)
        kind = {"suspended": " badge-wrong", "used": " badge-open"}.get(state, "")
        return format_html('<span class="badge{}">{}</span>', kind, STATES[state])


def in_words(share: Share) -> SafeString | str:
    """With its interval."""
    if not share.of:
        return "–"
    said = _t("%(hits)d of %(of)d") % {"hits": share.hits, "of": share.of}
    between = _t("%(low)d to %(high)d %%") % {"low": round(100 * share.low), "high": round(100 * share.high)}
    return format_html("{} <small>{}</small>", said, between)


class GoldFilter(FilterSet):
    axis = django_filters.ChoiceFilter(choices=Axis.choices, widget=HiddenInput, method="on_axis")
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), method="in_state", empty_label=_("any")
    )

    always = ("axis",)

    def on_axis(self, answers: QuerySet[GoldAnswer], _name: str, _value: str) -> QuerySet[GoldAnswer]:
        """They are so already: the page is of one axis."""
        return answers

    def in_state(self, answers: QuerySet[GoldAnswer], _name: str, value: str) -> QuerySet[GoldAnswer]:
        match value:
            case "used":
                return answers.filter(retired_at=None, suspended_at=None)
            case "suspended":
                return answers.filter(retired_at=None, suspended_at__isnull=False)
        return answers.filter(retired_at__isnull=False)
