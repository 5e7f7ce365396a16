"""What a round starts from, and the settings of a draft."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.models import PairPolicyEntry, Project, PromptSet, Round
from labeling.projects.starting_rounds import starts

MOST_USES = 1_000_000


class StartForm(forms.Form):
    """What a new round starts from."""

    start = forms.ChoiceField(
        label=gettext_lazy("Start from"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the round starts from.")},
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)  # that it is to have

    def __init__(self, data: Any, *, project: Project) -> None:
        self.starts = starts(project)
        last = project.rounds.order_by("number").last()
        super().__init__(data, initial={"start": self.starts[0].key, "number": last.number + 1 if last else 1})
        self.fields["start"].choices = [(start.key, start.label) for start in self.starts]  # type: ignore[attr-defined]


class RoundForm(forms.ModelForm):
    """Everything about a draft but its models."""

    class Meta:
        model = Round
        fields = Round.SETTINGS
        labels: ClassVar = {
            "prompt_set": gettext_lazy("Prompt set"),
            "two_different_versions": gettext_lazy("Both responses of a pair come from different models"),
            "max_new_tokens": gettext_lazy("Longest response, in tokens"),
            "target": gettext_lazy("Comparisons wanted"),
            "prompt_uses": gettext_lazy("Uses of one prompt"),
        }
        help_texts: ClassVar = {
            "prompt_set": gettext_lazy("Prompts that annotators may take."),
            "two_different_versions": gettext_lazy("Otherwise a model may also stand beside itself."),
            "max_new_tokens": gettext_lazy("A response that comes to it stops there. 256 tokens are some 190 words."),
            "target": gettext_lazy(
                "When so many are judged or under way, no more prompts are offered. Where annotators write their own, "
                "or converse, it may become a few more. Empty: no limit."
            ),
            "prompt_uses": gettext_lazy(
                "How many conversations of this round may begin with the same prompt of the set, by different people. "
                "1: no prompt twice. Empty: everybody may have each prompt once."
            ),
        }

    def __init__(self, data: Any, *, instance: Round, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, instance=copy(instance), initial=initial)  # whoever asks the round sees what is saved
        prompt_set, tokens, target = (self.fields[name] for name in ("prompt_set", "max_new_tokens", "target"))
        uses = self.fields["prompt_uses"]
        prompt_set.queryset = PromptSet.objects.order_by("name")  # type: ignore[attr-defined]
        self.needs_set = not instance.project.allows_own_prompts
        prompt_set.empty_label = _("None: annotators write their own")  # type: ignore[attr-defined]
        if self.needs_set:
            prompt_set.empty_label = _("Choose a prompt set")  # type: ignore[attr-defined]
            prompt_set.help_text = _("All prompts come from it. The round opens once it has one.")
        for field, most in ((tokens, 32_768), (target, 10_000_000), (uses, MOST_USES)):
            field.widget.attrs |= {"min": 1, "max": most}

    def clean_max_new_tokens(self) -> int:
        return within(self.cleaned_data["max_new_tokens"], 32_768)

    def clean_target(self) -> int | None:
        target = self.cleaned_data["target"]
        return None if target is None else within(target, 10_000_000)

    def clean_prompt_uses(self) -> int | None:
        uses = self.cleaned_data["prompt_uses"]
        return None if uses is None else within(uses, MOST_USES)

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in Round.SETTINGS}


def in_words(settings: dict[str, Any], policy: Iterable[PairPolicyEntry]) -> str:
    """A line for each setting of a round and each of its models, to be compared with those of another."""
    labels, none, yes_no = RoundForm.Meta.labels, _("none"), {True: _("yes"), False: _("no")}
    lines = [
        f"{labels[name]}: {none if value is None else yes_no.get(value, value)}" for name, value in settings.items()
    ]
    for entry in policy:
        numbers = {name: f"{getattr(entry, name):g}" for name in PairPolicyEntry.NUMBERS}
        what = _(
            "weight %(weight)s, temperature %(temperature_low)s to %(temperature_high)s, "
            "top-p %(top_p_low)s to %(top_p_high)s"
        )
        lines.append(f"{entry.model_version}: {what % numbers}")
    return "\n".join(lines)


def in_a_word(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("none") if value is None else str(value)


def within(number: int, most: int) -> int:
    if not 1 <= number <= most:
        raise forms.ValidationError(_("Give a number between 1 and %(most)s.") % {"most": f"{most:,}"})
    return number
