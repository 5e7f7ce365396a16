"""Scores, thresholds and answers in words."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from labeling.exams.models import Item, Part, Sitting
from labeling.exams.scoring import BEST, Rule

DEGREES = [_("significantly"), _("better"), _("slightly"), _("barely or unsure")]
SCALE = [
    *(("A", label) for label in DEGREES),
    *(("B", label) for label in reversed(DEGREES)),
]  # the steps of a pair, from 1


def needed(part: Part) -> str:
    """What it takes to pass a part."""
    terms = {"n": f"{part.threshold:g}", "best": BEST, "all": part.counted().count()}
    if part.rule == Rule.SHARE:
        said = gettext("more than %(n)s %% right") if part.more_than else gettext("%(n)s %% right")
    elif part.rule == Rule.COUNT:
        said = gettext("more than %(n)s of %(all)d right") if part.more_than else gettext("%(n)s of %(all)d right")
    elif part.more_than:
        said = gettext("graded over %(n)s of %(best)d on average")
    else:
        said = gettext("graded %(n)s of %(best)d on average")
    return said % terms


def between(hours: int) -> str:
    """How long one waits from an attempt to the next."""
    days, rest = divmod(hours, 24)
    if days and not rest:
        return ngettext("one day between them", "%(n)d days between them", days) % {"n": days}
    return ngettext("one hour between them", "%(n)d hours between them", hours) % {"n": hours}


def reached(sitting: Sitting) -> str:
    """What somebody came to in a part; empty while it is not known."""
    if sitting.score is None:
        return ""
    terms = {"n": f"{sitting.score:.3g}", "best": BEST}
    if sitting.part.rule == Rule.SHARE:
        return gettext("%(n)s %% right") % terms
    if sitting.part.rule == Rule.COUNT:
        return gettext("%(n)s right") % terms
    return gettext("%(n)s of %(best)d on average") % terms


def said(item: Item, value: int) -> str:
    """An answer by its number: the option, or the step of the scale."""
    if item.kind != Item.Kind.PAIR:
        return item.options[value - 1]
    letter, degree = SCALE[value - 1]
    return f"{letter}: {degree}"
