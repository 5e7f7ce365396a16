"""What somebody asks of a reward model, on a page."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, Project
from labeling.rewards.models import Run


class RunForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)  # that it is to have
    axis = forms.ChoiceField(label=gettext_lazy("Trained for"), widget=forms.RadioSelect)
    snapshot = forms.ModelChoiceField(
        label=gettext_lazy("Snapshot"),
        queryset=Snapshot.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("It learns from the side to train on, and is tested on what is held out."),
    )

    def __init__(self, data: Any, *, project: Project, offered: int | None = None) -> None:
        axes = project.axes_in_order()
        made = project.snapshots.filter(state=Snapshot.State.READY).order_by("-number")
        first = (made.filter(number=offered).first() if offered else None) or made.first()
        initial = {"axis": str(axes[0]), "snapshot": first, "number": Run.objects.next_number(project)}
        super().__init__(data, initial=initial)
        self.fields["axis"].choices = [(axis.value, axis.label) for axis in axes]  # type: ignore[attr-defined]
        self.fields["snapshot"].queryset = made  # type: ignore[attr-defined]
        self.fields["snapshot"].label_from_instance = in_words  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        snapshot, axis = cleaned.get("snapshot"), cleaned.get("axis")
        if snapshot and axis and not snapshot.counts.get(axis, {}).get("train", {}).get("preferences"):
            self.add_error("snapshot", _("It has nothing to train on for %(axis)s.") % {"axis": Axis(axis).label})
        return cleaned


def in_words(snapshot: Snapshot) -> str:
    return _("Snapshot %(number)d, %(n)d preferences") % {"number": snapshot.number, "n": snapshot.preferences}
