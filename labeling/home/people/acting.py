"""What a manager does to people, to one of them or to many at once."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.cohorts.models import Cohort, Membership, MembershipQuerySet, Person
from labeling.projects.access import cohorts_for, cohorts_run_by

ACTS = ("move", "pause", "resume", "leave")


class ActForm(forms.Form):
    """`act` is the button that was pressed; what the others would need is left aside."""

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS], widget=forms.HiddenInput)
    cohort = forms.ModelChoiceField(
        Cohort.objects.none(),
        label=gettext_lazy("Move to the cohort"),
        help_text=gettext_lazy("Out of the cohorts they are in; conversations go on where both work."),
        empty_label=gettext_lazy("Choose a cohort"),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Pause, because"),
        help_text=gettext_lazy("They read it, on their first page and in place of work."),
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
    )
    for_cause = forms.BooleanField(
        label=gettext_lazy("And leave what they judged out of new data sets until they are resumed"), required=False
    )

    def __init__(self, data: Any, *, viewer: Person) -> None:
        super().__init__(data, auto_id="act_%s")
        self.viewer = viewer
        self.fields["cohort"].queryset = cohorts_for(viewer).order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        act = cleaned.get("act")
        if act == "move" and not cleaned.get("cohort") and "cohort" not in self.errors:
            self.add_error("cohort", _("Choose where they move to."))
        if act == "pause" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why, in words for them."))
        return cleaned

    def do(self, people: QuerySet[Person], cohort: Cohort | None = None) -> str:
        """To these people, in the cohorts that the viewer runs, or in that one alone; and what was done, in words."""
        run = cohorts_run_by(self.viewer)
        theirs = Membership.objects.filter(person__in=list(people.values_list("pk", flat=True)), cohort__in=run)
        theirs = theirs.filter(cohort=cohort) if cohort else theirs
        does = {"move": self._move, "pause": self._pause, "resume": self._resume, "leave": self._leave}
        return does[self.cleaned_data["act"]](theirs)

    def _move(self, theirs: MembershipQuerySet) -> str:
        target = self.cleaned_data["cohort"]
        paused, n = counted(theirs.paused().exclude(cohort=target)), theirs.move_to(target)
        said = ngettext("%(n)d person is in “%(cohort)s” now.", "%(n)d people are in “%(cohort)s” now.", n)
        said = said % {"n": n, "cohort": target}
        if not paused:
            return said
        stay = ngettext(
            "%(n)d is paused and stays: resume them first.", "%(n)d are paused and stay: resume them first.", paused
        )
        return f"{said} {stay % {'n': paused}}"

    def _pause(self, theirs: MembershipQuerySet) -> str:
        n = counted(theirs.at_work())
        theirs.pause(self.cleaned_data["reason"], self.viewer, for_cause=self.cleaned_data["for_cause"])
        return ngettext("%(n)d person is paused.", "%(n)d people are paused.", n) % {"n": n}

    def _resume(self, theirs: MembershipQuerySet) -> str:
        n = counted(theirs.paused())
        theirs.resume()
        return ngettext("%(n)d person gets work again.", "%(n)d people get work again.", n) % {"n": n}

    def _leave(self, theirs: MembershipQuerySet) -> str:
        n = counted(theirs.current())
        theirs.leave()
        return ngettext(
            "%(n)d person is let go. What they did is kept.", "%(n)d people are let go. What they did is kept.", n
        ) % {"n": n}


def counted(memberships: MembershipQuerySet) -> int:
    """How many people there are in them."""
    return memberships.values("person").distinct().count()
