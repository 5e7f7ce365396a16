"""How many of the pairs are judged again, and read by reviewers, to see how far judgements can be believed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy


def share(label: Any, help_text: Any) -> forms.IntegerField:
    """Of a hundred."""
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=100,
        error_messages={
            "min_value": gettext_lazy("Between 0 and 100."),
            "max_value": gettext_lazy("Between 0 and 100."),
            "required": gettext_lazy("Give a number; 0 is none."),
        },
    )


class TrustFields(forms.Form):
    """Settings of a project."""

    overlap_share = share(
        gettext_lazy("Of 100 pairs, those that several people judge"),
        gettext_lazy("How many people, is said for each cohort. 10 to 20 are enough to know how far people agree."),
    )
    most_extra = forms.IntegerField(
        label=gettext_lazy("More people, where the first disagree"),
        help_text=gettext_lazy("One by one, until one response has more than half of the votes. 0: nobody."),
        min_value=0,
        max_value=10,
        error_messages={"required": gettext_lazy("Give a number; 0 is nobody.")},
    )
    gold_share = share(
        gettext_lazy("Of 100 pairs, those whose answer is known"),
        gettext_lazy("They look like all others. Newcomers get more of them at first."),
    )
    repeat_share = share(
        gettext_lazy("Of 100 pairs, those that somebody has judged before"),
        gettext_lazy("With the sides swapped, to see whether they answer as they did."),
    )
    review_share = share(
        gettext_lazy("Of 100 judgements of each person, those that are reviewed"),
        gettext_lazy("They are drawn for reviewers to accept or to send back. 0: reviewers look for themselves."),
    )
    names = ("overlap_share", "most_extra", "gold_share", "repeat_share", "review_share")
