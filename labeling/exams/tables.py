"""Exams, and the attempts at one, as tables, and what one may ask of them. People are shown by pseudonym."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q, QuerySet
from django.forms import SearchInput
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from labeling.exams.models import Attempt, Exam
from labeling.tables import FilterSet, Number, Table, When


class ExamsTable(Table):
    """Rows are dressed."""

    caption = _("Exams")
    heads = "name"

    name = tables.Column(verbose_name=_("Exam"), attrs={"td": {"dir": "auto"}})
    state = tables.Column(verbose_name=_("State"), orderable=False)
    qualification = tables.Column(verbose_name=_("Qualification"), orderable=False, attrs={"td": {"dir": "auto"}})
    attempted = Number(_("Attempts"), orderable=False)
    passed = Number(_("Passed"), orderable=False)
    created_at = When(_("Made"))

    class Meta(Table.Meta):
        order_by = ("-created_at",)

    def render_name(self, record: Exam) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("exam", args=[record.pk]), record)

    def value_name(self, record: Exam) -> str:
        return str(record)

    def render_state(self, value: str) -> SafeString:
        kind = "badge-open" if value == "published" else ""
        return format_html('<span class="badge {}">{}</span>', kind, STATES[value])

    def value_state(self, value: str) -> str:
        return str(STATES[value])

    def render_attempted(self, value: int, record: Exam) -> SafeString | str:
        url = reverse("exam_results", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, intcomma(value)) if value else "0"

    def value_attempted(self, value: int) -> int:
        return value

    def render_passed(self, value: int) -> str:
        return intcomma(value)

    def value_passed(self, value: int) -> int:
        return value


STATES = {"draft": _("draft"), "published": _("published"), "retired": _("retired")}


class ExamsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), method="standing", empty_label=_("any")
    )

    def search(self, exams: QuerySet[Exam], _name: str, value: str) -> QuerySet[Exam]:
        words = value.strip()
        return exams.filter(Q(name__icontains=words) | Q(qualification__name__icontains=words))

    def standing(self, exams: Any, _name: str, value: str) -> Any:
        return exams.in_state(value)


def with_attempts(exams: list[Any]) -> list[Any]:
    """How often each was taken and passed, asked once for all of them."""
    counts = {"attempted": Count("pk"), "passed": Count("pk", filter=Q(state=Attempt.State.PASSED))}
    counted: QuerySet[Any, Any] = (
        Attempt.objects.filter(exam__in=exams).order_by().values_list("exam").annotate(**counts)
    )
    by_exam = {exam: (attempted, passed) for exam, attempted, passed in counted}
    for exam in exams:
        exam.attempted, exam.passed = by_exam.get(exam.pk, (0, 0))
    return exams


class AttemptsTable(Table):
    caption = _("Attempts")
    heads = "pseudonym"

    pseudonym = tables.Column(verbose_name=_("Person"), accessor="person__pseudonym")
    number = Number(_("Attempt"))
    started_at = When(_("Begun"), clock=True)
    state = tables.Column(verbose_name=_("Result"))
    parts = tables.Column(verbose_name=_("Parts"), accessor="pk", orderable=False, attrs={"td": {"class": "tight"}})

    class Meta(Table.Meta):
        order_by = ("-started_at",)

    def render_parts(self, record: Attempt) -> str:
        """What each part that was begun earned."""
        scores = [sitting.score for sitting in record.sittings.all()]
        return " · ".join("…" if score is None else floatformat(score, -1) for score in scores)


class AttemptsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    state = django_filters.ChoiceFilter(label=_("Result"), choices=Attempt.State.choices, empty_label=_("any"))

    def search(self, attempts: QuerySet[Attempt], _name: str, value: Any) -> QuerySet[Attempt]:
        return attempts.filter(person__pseudonym__icontains=value.strip())
