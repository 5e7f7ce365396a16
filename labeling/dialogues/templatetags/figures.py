"""Figures as people read them, with as many digits as mean something."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def duration(value: float | None) -> str:
    """Of so many seconds: 0.25 s, 3.1 s, 42 s, 5 min, 3 h; a dash where nothing is known."""
    if value is None:
        return "–"
    if value >= 120:
        return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.0f} h"
    digits = 2 if value < 1 else 1 if value < 10 else 0
    return f"{rounded(value, digits)} s"


@register.filter
def hours(value: float) -> str:
    """Of so many seconds, to the minute, as one is paid by: 3 h 05 min."""
    minutes = round(value / 60)
    return f"{number_format(minutes // 60, force_grouping=True)} h {minutes % 60:02d} min"


@register.filter
def percent(value: float) -> str:
    return f"{whole(value)} %"


@register.filter
def percents(interval: tuple[float, float]) -> str:
    """91–100 %"""
    low, high = interval
    return f"{whole(low)}–{whole(high)} %"


def whole(value: float) -> str:
    """Whole percents; 99.6 % is not 100 %, nor 0.4 % none."""
    if 0 < value < 0.01 or 0.99 < value < 1:
        return rounded(min(99.9, max(0.1, 100 * value)), 1)
    return rounded(100 * value, 0)


def rounded(value: float, digits: int) -> str:
    return number_format(round(value, digits) + 0.0, digits)  # no -0; which by itself would cut the digits off
