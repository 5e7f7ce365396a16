"""The projects that somebody manages as a table, and what one may ask of it."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import SearchInput
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.projects.models import Project, Round
from labeling.tables import FilterSet, Table, When

WORK = {"offered": _("offered"), "stopped": _("stopped"), "none": _("none")}


class ProjectsTable(Table):
    """Rows have their rounds prefetched."""

    caption = _("Projects")
    heads = "name"

    name = tables.Column(verbose_name=_("Project"), attrs={"td": {"dir": "auto"}})
    axes = tables.Column(verbose_name=_("Judged for"), orderable=False)
    round = tables.Column(verbose_name=_("Newest round"), accessor="current_round", orderable=False, empty_values=())
    work = tables.Column(verbose_name=_("Work"), accessor="pk", orderable=False, attrs={"td": {"class": "tight"}})
    created_at = When(_("Made"))

    class Meta(Table.Meta):
        order_by = ("name",)

    def render_name(self, value: str, record: Project) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("project", args=[record.slug]), value)

    def value_name(self, value: str) -> str:
        return value

    def render_axes(self, record: Project) -> str:
        return " · ".join(str(axis.label) for axis in record.axes_in_order())

    def render_round(self, value: Round | None) -> SafeString:
        return render_to_string("projects/cells/newest_round.html", {"round": value})

    def value_round(self, value: Round | None) -> str:
        if value is None:
            return gettext("none yet")
        return f"{gettext('round %(number)s') % {'number': value.number}}, {value.get_state_display()}"

    def render_work(self, record: Project) -> SafeString:
        work = work_of(record)
        kind = {"stopped": "badge badge-wrong", "none": "quiet"}.get(work, "")
        return format_html('<span class="{}">{}</span>', kind, WORK[work])

    def value_work(self, record: Project) -> str:
        return str(WORK[work_of(record)])


def work_of(project: Project) -> str:
    if project.stopped_at:
        return "stopped"
    current = project.current_round()
    return "offered" if current and current.state == Round.State.OPEN else "none"


class ProjectsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    work = django_filters.ChoiceFilter(
        label=_("Work"), choices=list(WORK.items()), method="working", empty_label=_("any")
    )

    def search(self, projects: QuerySet[Project], _name: str, value: str) -> QuerySet[Project]:
        return projects.filter(name__icontains=value.strip())

    def working(self, projects: QuerySet[Project], _name: str, value: Any) -> QuerySet[Project]:
        """As `work_of` says it of each."""
        open_ = Exists(Round.objects.filter(project=OuterRef("pk"), state=Round.State.OPEN))
        running = projects.filter(stopped_at=None)
        of = {
            "stopped": projects.exclude(stopped_at=None),
            "offered": running.filter(open_),
            "none": running.exclude(open_),
        }
        return of[value]
