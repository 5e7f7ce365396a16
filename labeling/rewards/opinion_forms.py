"""A response that reward models are asked about, on a page."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.models import Axis
from labeling.rewards.models import Run
from labeling.rewards.opinions import Asked

LONGEST = 100_000  # characters; more than any model here may read


class OpinionForm(forms.Form):
    """Of the model on whose page it stands, and of another one `beside` it, where the project has another axis."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    prompt = forms.CharField(
        label=gettext_lazy("Prompt"), max_length=LONGEST, strip=False, widget=forms.Textarea({"rows": 3, "dir": "auto"})
    )
    response = forms.CharField(
        label=gettext_lazy("Response"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea({"rows": 6, "dir": "auto"}),
    )
    is_safety_prompt = forms.BooleanField(
        label=gettext_lazy("The prompt is a safety prompt"),
        required=False,
        help_text=gettext_lazy("Meant to lead a model astray. Then what the safety model says is all that counts."),
    )
    beside = forms.ModelChoiceField(queryset=Run.objects.none(), required=False, empty_label=gettext_lazy("none"))

    def __init__(self, data: Any, *, run: Run, initial: dict[str, Any] | None = None) -> None:
        """A model of the same kind is offered first, and the newest."""
        self.run = run
        others = run.project.runs.filter(state=Run.State.READY).exclude(axis=run.axis).order_by("-number")
        others = others.defer("report", "curve")
        first = others.filter(kind=run.kind).first() or others.first()
        super().__init__(data, initial={"beside": first, **(initial or {})})
        other = next((axis for axis in run.project.axes_in_order() if axis != run.axis), None)
        if other is None:
            del self.fields["beside"], self.fields["is_safety_prompt"]
            return
        self.fields["beside"].label = _("Beside it, the model for %(axis)s") % {"axis": Axis(other).label.lower()}
        self.fields["beside"].queryset = others  # type: ignore[attr-defined]
        self.fields["beside"].label_from_instance = in_words  # type: ignore[attr-defined]

    def models(self) -> dict[str, Run]:
        """By axis, of a valid form."""
        asked = [self.run, self.cleaned_data.get("beside")]
        return {run.axis: run for run in asked if run}

    def asked(self) -> Asked:
        said = self.cleaned_data
        prompt = {"role": "user", "content": said["prompt"]}
        return Asked([prompt], [said["response"]], said.get("is_safety_prompt", False))


def in_words(run: Run) -> str:
    return _("Model %(number)d, %(kind)s") % {"number": run.number, "kind": run.get_kind_display()}
