"""The table of hours, and what one may ask of it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.dialogues.templatetags.figures import hours
from labeling.home.people.known import projects_for
from labeling.home.people.tables import Named, NamedFilter
from labeling.projects.models import Project
from labeling.tables import Number, Table

DAY = {"type": "date"}


class HoursTable(Named):
    """Rows are dressed."""

    caption = _("Hours")

    judged = Number(_("Judgements"))
    accepted = Number(_("Accepted"), orderable=False)
    rejected = Number(_("Sent back"), orderable=False)
    surplus = Number(_("Surplus"), orderable=False)
    passed = Number(_("Passed"))
    seconds = Number(_("Time at work"))
    timed = Number(_("Timed"))

    class Meta(Table.Meta):
        order_by = ("pseudonym",)
        empty_text = _("Nobody judged anything in these days. Choose others.")

    def render_seconds(self, value: float) -> str:
        return hours(value)

    def value_seconds(self, value: float) -> int:
        return round(value)


class HoursFilter(NamedFilter):
    """The days and the project are the period's, which counts; here they are only shown."""

    project = django_filters.ModelChoiceFilter(label=_("Project"), method="counted", empty_label=_("all"))
    since = django_filters.DateFilter(label=_("From"), method="counted", widget=DateInput(DAY, format="%Y-%m-%d"))
    until = django_filters.DateFilter(label=_("To"), method="counted", widget=DateInput(DAY, format="%Y-%m-%d"))
    always = ("since", "until")

    def __init__(self, data: Any, *, queryset: QuerySet[Person], viewer: Person) -> None:
        super().__init__(data, queryset=queryset, viewer=viewer)
        known = projects_for(viewer)
        projects = Project.objects.all() if known is None else Project.objects.filter(pk__in=known)
        self.filters["project"].extra["queryset"] = projects.order_by("name")

    def counted(self, people: QuerySet[Person], _name: str, _value: Any) -> QuerySet[Person]:
        return people
