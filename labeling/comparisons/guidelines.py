"""A guideline as annotators read it."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from labeling.projects import markdown
from labeling.projects.models import Axis, GuidelineVersion


@dataclass
class Guideline:
    pk: int
    title: str
    number: int
    axis_label: str
    html: SafeString

    @classmethod
    def of(cls, version: GuidelineVersion) -> "Guideline":
        label, title = named(version.axis, get_language())
        return cls(version.pk, title, version.number, label, rendered(version.wording))


@lru_cache
def named(axis: str, _language: str | None) -> tuple[str, str]:
    """An axis and its guideline, as they are called."""
    label = str(Axis(axis).label)
    return label, _("%(axis)s guideline") % {"axis": label}


@lru_cache(maxsize=64)
def rendered(text: str) -> SafeString:
    """A guideline is long, never changes, and comes with every pair."""
    return markdown.render(text)
