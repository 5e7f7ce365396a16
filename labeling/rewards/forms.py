"""What somebody asks of a reward model, on a page."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project
from labeling.rewards.in_words import LOSSES, MARGINS
from labeling.rewards.models import Run
from labeling.rewards.wanted import Loss, Margin, Wanted, usual

KINDS = {
    Run.Kind.QUICK: gettext_lazy("Quick: a head on what a fixed chat model makes of the texts, in seconds"),
    Run.Kind.TRAINED: gettext_lazy("Trained: all of a chat model learns, in minutes on a GPU and hours without"),
}
MOST = 1_000_000


class RunForm(forms.Form):
    """What only a trained model asks for may be left as it is: it is Llama 2's then."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)  # that it is to have
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[(kind.value, said) for kind, said in KINDS.items()],
        widget=forms.RadioSelect,
    )
    axis = forms.ChoiceField(label=gettext_lazy("Trained for"), widget=forms.RadioSelect)
    snapshot = forms.ModelChoiceField(
        label=gettext_lazy("Snapshot"),
        queryset=Snapshot.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("It learns from the side to train on, and is tested on what is held out."),
    )
    base = forms.ModelChoiceField(
        label=gettext_lazy("Begun from"),
        queryset=ModelVersion.objects.none(),
        required=False,
        help_text=gettext_lazy("A chat model, so that the reward model knows what it knows."),
    )
    loss = forms.ChoiceField(label=gettext_lazy("Loss"), choices=list(LOSSES.items()), required=False)
    margin = forms.ChoiceField(label=gettext_lazy("Margin"), choices=list(MARGINS.items()), required=False)
    mix = forms.FloatField(
        label=gettext_lazy("Share of other data"),
        min_value=0,
        max_value=0.9,
        required=False,
        help_text=gettext_lazy(
            "Of the other axis, or of the other snapshot. Llama 2: 0.5 for helpfulness, 0.1 for safety."
        ),
    )
    mixed_in = forms.ModelChoiceField(
        label=gettext_lazy("Other data from"),
        queryset=Snapshot.objects.none(),
        required=False,
        empty_label=gettext_lazy("the same snapshot"),
    )
    safety_weight = forms.FloatField(
        label=gettext_lazy("Weight of the safety labels"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=gettext_lazy("Of the term that teaches which responses are unsafe. 0 leaves it out."),
    )
    epochs = forms.FloatField(label=gettext_lazy("Epochs"), min_value=0.01, max_value=100, required=False)
    learning_rate = forms.FloatField(label=gettext_lazy("Learning rate"), min_value=1e-9, max_value=1, required=False)
    batch_pairs = forms.IntegerField(label=gettext_lazy("Pairs a step"), min_value=1, max_value=MOST, required=False)
    max_length = forms.IntegerField(
        label=gettext_lazy("Longest dialogue, in tokens"), min_value=16, max_value=MOST, required=False
    )
    lora_rank = forms.IntegerField(
        label=gettext_lazy("LoRA rank"),
        min_value=1,
        max_value=1024,
        required=False,
        help_text=gettext_lazy("Empty: all weights learn."),
    )
    seed = forms.IntegerField(label=gettext_lazy("Seed"), min_value=0, max_value=2**31 - 1, required=False)

    TERMS = ("loss", "margin", "mix", "safety_weight", "epochs", "learning_rate", "batch_pairs", "max_length")

    def __init__(self, data: Any, *, project: Project, offered: int | None = None) -> None:
        axes = project.axes_in_order()
        asked = Wanted()
        usual_terms = {name: getattr(asked, name) for name in ("loss", "margin", "epochs", "learning_rate")}
        usual_terms |= {"batch_pairs": asked.batch_pairs, "max_length": asked.max_length, "seed": asked.seed}
        ready = project.snapshots.filter(state=Snapshot.State.READY).order_by("-number")
        first = (ready.filter(number=offered).first() if offered else None) or ready.first()
        if first and first.wanted["margins"] is None:
            usual_terms["margin"] = Margin.NONE
        initial = {"kind": Run.Kind.QUICK, "axis": str(axes[0]), "snapshot": first, **usual_terms}
        super().__init__(data, initial={**initial, "number": Run.objects.next_number(project)})
        self.fields["axis"].choices = [(axis.value, axis.label) for axis in axes]  # type: ignore[attr-defined]
        for name in ("snapshot", "mixed_in"):
            self.fields[name].queryset = ready  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = in_words  # type: ignore[attr-defined]
        here = ModelVersion.objects.usable().filter(engine=ModelVersion.Engine.TRANSFORMERS)
        self.fields["base"].queryset = here.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Run.Kind.TRAINED and not cleaned.get("base"):
            self.add_error("base", _("Choose the chat model that it begins from."))
        snapshot, axis = cleaned.get("snapshot"), cleaned.get("axis")
        if snapshot and axis and not snapshot.counts.get(axis, {}).get("train", {}).get("preferences"):
            self.add_error("snapshot", _("It has nothing to train on for %(axis)s.") % {"axis": Axis(axis).label})
        return cleaned

    @property
    def terms(self) -> list[forms.BoundField]:
        """Those of a trained model that one may leave as they are."""
        return [self[name] for name in (*self.TERMS, "lora_rank", "seed", "mixed_in")]

    def wanted(self) -> Wanted:
        """Of a valid form for a trained one."""
        cleaned, asked = self.cleaned_data, usual(self.cleaned_data["axis"])
        said = {name: cleaned[name] for name in (*self.TERMS, "seed") if cleaned[name] not in (None, "")}
        terms = {**vars(asked), **said, "lora_rank": cleaned["lora_rank"]}
        return Wanted(**{**terms, "loss": Loss(terms["loss"]), "margin": Margin(terms["margin"])})


def in_words(snapshot: Snapshot) -> str:
    n, margins = snapshot.preferences, snapshot.wanted["margins"]
    said = ngettext("Snapshot %(number)d, %(n)d preference", "Snapshot %(number)d, %(n)d preferences", n)
    told = said % {"number": snapshot.number, "n": n}
    return told if margins is not None else _("%(snapshot)s, without margins") % {"snapshot": told}
