"""What pages call things."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort
from labeling.comparisons.wanted import UNNAMED
from labeling.projects import languages
from labeling.projects.models import Prompt

DEGREES: dict[str, Promise] = {
    "overall": _("All"),
    "4": _("Significantly better"),
    "3": _("Better"),
    "2": _("Slightly better"),
    "1": _("Barely better or unsure"),
    "0": _("By how much, nobody said"),
}
BINS: dict[str, Promise] = {
    "chosen_safe": _("Only the preferred one is safe"),
    "both_safe": _("Both are safe"),
    "both_unsafe": _("Both are unsafe"),
    "chosen_unsafe": _("Only the other one is safe"),
}
BREAKDOWNS: dict[str, Promise] = {
    "bin": _("Safety labels"),
    "round": _("Round"),
    "turn": _("Turn"),
    "language": _("Language"),
    "category": _("Category of prompts"),
    "risk": _("Risk"),
    "cohort": _("Cohort"),
}
PREFERS: dict[str, Promise] = {
    "longer": _("The longer one"),
    "shorter": _("The shorter one"),
    "first": _("Always the first"),
    "second": _("Always the second"),
}


def named(by: str, key: str, cohorts: dict[str, str]) -> str:
    """One key of a breakdown."""
    match by:
        case "bin":
            return str(BINS[key])
        case "degree":
            return str(DEGREES[key])
        case "round":
            return _t("Round %(number)s") % {"number": key}
        case "turn":
            return _t("Turn %(number)s") % {"number": key}
        case "language":
            return _t("not named") if key == UNNAMED else languages.named(key)
        case "cohort":
            return cohorts.get(key, key)
        case "category":
            return str(dict(Prompt.Category.choices).get(key, key))
    return str(dict(Prompt.Risk.choices).get(key, key))


def cohorts_by_key() -> dict[str, str]:
    return {str(pk): name for pk, name in Cohort.objects.values_list("pk", "name")}
