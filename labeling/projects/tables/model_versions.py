"""Model versions as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.projects import source_words, sources
from labeling.projects.access import called
from labeling.projects.models import ModelVersion
from labeling.tables import FilterSet, Table, When

NAMED = 3  # rounds of a version that a page names


class ModelVersionsTable(Table):
    """Rows are dressed; it knows its `viewer`."""

    caption = _("Model versions")
    heads = "name"

    name = tables.Column(verbose_name=_("Version"), attrs={"td": {"dir": "auto"}})
    state = tables.Column(verbose_name=_("State"), orderable=False, attrs={"td": {"class": "tight"}})
    source = tables.Column(verbose_name=_("Where it comes from"), attrs={"td": {"class": "words"}})
    system_prompt = tables.Column(verbose_name=_("System prompt"), visible=False)  # of the file, as are the next
    sha256 = tables.Column(verbose_name="SHA-256", visible=False)
    used = tables.Column(verbose_name=_("Used in"), accessor="pk", orderable=False)
    created_at = When(_("Added"))
    created_by = tables.Column(verbose_name=_("By"), orderable=False)

    class Meta(Table.Meta):
        order_by = ("-created_at",)

    def render_name(self, value: str, record: ModelVersion) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("model_version", args=[record.pk]), value)

    def value_name(self, value: str) -> str:
        return value

    def render_state(self, record: Any) -> SafeString:
        context = {"version": record, "checking": record.checking}
        return render_to_string("projects/model_version_state.html", context)

    def value_state(self, value: str, record: Any) -> str:
        return gettext("being checked") if record.checking else str(STATES[value])

    def render_source(self, value: str, record: ModelVersion) -> SafeString:
        return format_html('{}<br><code class="source">{}</code>', label(record), value)

    def value_source(self, value: str) -> str:
        return value

    def render_used(self, record: Any) -> SafeString:
        return render_to_string("projects/model_version_uses.html", {"version": record, **uses(record, NAMED)})

    def value_used(self, record: Any) -> str:
        used = uses(record)
        named = [_round(one) for one in used["rounds"]]
        return "; ".join([*named, *([gettext("elsewhere: %d") % used["elsewhere"]] if used["elsewhere"] else [])])

    def render_created_by(self, value: Any) -> SafeString:
        return format_html("<bdi>{}</bdi>", self.value_created_by(value))

    def value_created_by(self, value: Any) -> str:
        return called(value, self.known["viewer"]) if value else ""


STATES = {"ready": _("ready"), "new": _("not checked"), "refused": _("refused"), "elsewhere": _("written elsewhere")}


class ModelVersionsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), method="standing", empty_label=_("any")
    )

    def search(self, versions: QuerySet[ModelVersion], _name: str, value: str) -> QuerySet[ModelVersion]:
        words = value.strip()
        found = Q(name__icontains=words) | Q(source__icontains=words) | Q(system_prompt__icontains=words)
        return versions.filter(found)

    def standing(self, versions: Any, _name: str, value: str) -> Any:
        return versions.in_state(value)


def dressed(versions: list[Any]) -> list[Any]:
    """Each with whether it is being checked, asked once for all of them."""
    checking = ModelVersion.being_checked(versions)
    for version in versions:
        version.checking = version.pk in checking
    return versions


def uses(version: Any, at_most: int | None = None) -> dict[str, Any]:
    """Of a version that knows its `own_entries` and how many `entries` there are in all: rounds, the newest first, and
    how many more there are, here and elsewhere."""
    rounds = [entry.round for entry in version.own_entries]
    named = rounds[:at_most]
    return {"rounds": named, "more": len(rounds) - len(named), "elsewhere": version.entries - len(rounds)}


def label(version: ModelVersion) -> Any:
    return source_words.LABELS[sources.kind_of(version.engine, version.source)]


def _round(one: Any) -> str:
    return gettext("%(project)s, round %(number)s") % {"project": one.project.name, "number": one.number}
