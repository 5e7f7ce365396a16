"""What was asked of a snapshot, in words: for its page."""

from typing import Any

from django.utils.translation import gettext as _

from labeling.cohorts.models import Cohort
from labeling.comparisons.models import Assignment, Degree
from labeling.datasets import words
from labeling.datasets.licences import LICENCES
from labeling.datasets.wanted import Wanted
from labeling.projects.models import Axis, GuidelineVersion


def asked_for(wanted: Wanted) -> list[tuple[str, str]]:
    """Name and value of everything that was asked for; what nobody limited is not in it."""
    axes = [str(Axis(axis).label) for axis in wanted.axes]
    facts = [
        (_("Judged for"), ", ".join(axes)),
        (_("Preferences"), str(words.AGGREGATIONS[wanted.aggregation])),
        (_("Margin of the loss"), margin(wanted)),
        (_("Files for"), ", ".join(wanted.configs)),
        (_("Formats"), ", ".join(str(words.FORMATS[one]) for one in wanted.formats)),
        (_("Licence"), LICENCES.get(wanted.licence, "")),
        *limits(wanted),
    ]
    return [(name, value) for name, value in facts if value]


def margin(wanted: Wanted) -> str:
    if wanted.preset == "custom":
        return ", ".join(f"{value:g}" for _degree, value in sorted((wanted.margins or {}).items(), reverse=True))
    return str(words.MARGINS[wanted.preset])


def limits(wanted: Wanted) -> list[tuple[str, str]]:
    asked = wanted.filters
    cohorts = Cohort.objects.filter(pk__in=asked.cohorts).order_by("name").values_list("name", flat=True)
    guidelines = GuidelineVersion.objects.filter(pk__in=asked.guidelines).order_by("axis", "number")
    return [
        (_("Rounds"), listed(asked.rounds)),
        (_("Cohorts"), listed(cohorts if asked.cohorts else ())),
        (_("Guideline versions"), listed(f"{one.get_axis_display()}, {one.number}" for one in guidelines)),
        (_("Languages"), listed(asked.languages)),
        (_("Degrees"), listed(Degree(degree).label for degree in asked.degrees)),
        (_("Whose"), listed(Assignment.Kind(kind).label for kind in asked.kinds)),
        (_("Reviewed"), _("only what a reviewer has accepted") if asked.reviewed else ""),
        (_("Judged"), between(asked.first_day, asked.last_day)),
        (_("Turns"), between(asked.first_turn, asked.last_turn)),
        (_("Longest dialogue, in characters"), str(wanted.max_chars or "")),
        (_("Longest dialogue, in tokens"), str(wanted.max_tokens or "")),
    ]


def listed(values: Any) -> str:
    return ", ".join(map(str, values))


def between(first: Any, last: Any) -> str:
    if first and last:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    return _("from %(first)s") % {"first": first} if first else _("to %(last)s") % {"last": last} if last else ""
