"""Reward models of a project as a table, and what one may ask of it."""

import django_filters
import django_tables2 as tables
from django.db.models import Case, CharField, FloatField, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from labeling.dialogues.templatetags.figures import percent
from labeling.projects.models import Axis
from labeling.rewards.models import Run
from labeling.tables import FilterSet, Number, Table
from labeling.tables import When as Moment

BADGES = {Run.State.READY: " badge-open", Run.State.FAILED: " badge-wrong"}


def listed(runs: QuerySet[Run]) -> QuerySet[Run]:
    """With the accuracy of each on its own axis, and without all else that its report says."""
    of_axis = [When(axis=axis, then=KT(f"report__axes__{axis.value}__accuracy__overall__value")) for axis in Axis]
    said = Case(*of_axis, default=Value(None), output_field=CharField())
    found = runs.select_related("project", "snapshot", "base", "made_by").defer("report", "curve", "wanted")
    return found.annotate(accuracy=Cast(said, FloatField()))


class RunTable(Table):
    caption = _("Reward models")
    heads = "number"

    number = tables.Column(verbose_name=_("Model"), initial_sort_descending=True)
    axis = tables.Column(verbose_name=_("Trained for"))
    kind = tables.Column(verbose_name=_("Kind"))
    state = tables.Column(verbose_name=_("State"))
    accuracy = Number(_("Right, of what is held out"))
    snapshot = Number(_("Snapshot"), accessor="snapshot__number")
    base = tables.Column(verbose_name=_("Begun from"), accessor="base__name", empty_values=())
    made_by = tables.Column(verbose_name=_("By"), accessor="made_by__pseudonym", empty_values=())
    created_at = Moment(_("Asked for"), clock=True)

    class Meta(Table.Meta):
        order_by = ("-number",)
        empty_text = _("There is none yet.")

    def render_number(self, record: Run) -> SafeString:
        url = reverse("run", args=[record.project.slug, record.number])
        return format_html('<a href="{}">{}</a>', url, _t("Model %(number)d") % {"number": record.number})

    def value_number(self, value: int) -> int:
        return value

    def render_axis(self, record: Run) -> str:
        return record.get_axis_display()

    def render_kind(self, record: Run) -> str:
        return record.get_kind_display()

    def value_state(self, value: str) -> str:
        return value

    def render_state(self, record: Run) -> SafeString:
        badge = BADGES.get(Run.State(record.state), "")
        return format_html('<span class="badge{}">{}</span>', badge, record.get_state_display())

    def value_accuracy(self, value: float | None) -> float | None:
        return value

    def render_accuracy(self, value: float) -> str:
        return percent(value)

    def render_snapshot(self, value: int, record: Run) -> SafeString:
        url = reverse("snapshot", args=[record.project.slug, value])
        return format_html('<a href="{}">{}</a>', url, _t("Snapshot %(number)d") % {"number": value})

    def value_snapshot(self, value: int) -> int:
        return value

    def render_base(self, record: Run) -> str:
        return record.base.name if record.base else _t("the encoder")

    def render_made_by(self, record: Run) -> SafeString | str:
        if record.made_by is None:
            return format_html('<span class="quiet">{}</span>', _t("a command, or by itself"))
        return format_html('<span dir="auto">{}</span>', record.made_by.pseudonym)

    def value_made_by(self, record: Run) -> str:
        return record.made_by.pseudonym if record.made_by else ""


class RunFilter(FilterSet):
    axis = django_filters.ChoiceFilter(label=_("Trained for"), choices=Axis.choices, empty_label=_("any"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Run.Kind.choices, empty_label=_("any"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=Run.State.choices, empty_label=_("any"))
