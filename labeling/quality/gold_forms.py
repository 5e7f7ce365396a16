from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.comparisons.models import Degree

LEAST = {
    Degree.NEGLIGIBLY: _("the same choice, by however little"),
    Degree.SLIGHTLY: _("the same choice, at least slightly better"),
    Degree.BETTER: _("the same choice, at least better"),
    Degree.SIGNIFICANTLY: _("the same choice, significantly better"),
}


class GoldForm(forms.Form):
    """What counts as right beside the choice, and on the safety axis beside the labels, which are the judgement's."""

    least = forms.TypedChoiceField(label=_("What is right"), coerce=int, choices=list(LEAST.items()))


class RetireForm(forms.Form):
    why = forms.CharField(
        label=_("Why it is not certain"),
        help_text=_("Whoever looks at it later reads this."),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
