"""What may be sent to a model."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from labeling.dialogues.models import Trial, Turn, Written
from labeling.projects.languages import fitting, is_tag
from labeling.projects.models import Axis, Project, Prompt
from labeling.projects.typed import whole

HARMLESS = "none"  # a prompt that attacks nothing; said, where one is asked whether it does
MOST_COUNTED = 10_000_000  # keystrokes or characters; more than that nobody has typed


class PromptForm(forms.Form):
    """A prompt, typed or taken from the round's set. `number` is the turn it is meant for."""

    NOT_THERE = _("This prompt is no longer in the set. Choose another one.")

    dialogue = forms.UUIDField(widget=forms.HiddenInput)
    number = forms.IntegerField(min_value=1, max_value=1000, widget=forms.HiddenInput)
    prompt = forms.ModelChoiceField(Prompt.objects.none(), required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your prompt"),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": _("Write a prompt first.")},
    )
    risk = forms.ChoiceField(
        choices=[(HARMLESS, _("not adversarial")), *Prompt.Risk.choices],
        error_messages={"required": _("Say what your prompt risks, or that it is not adversarial.")},
    )
    attack = forms.ChoiceField(choices=Prompt.Attack.choices, required=False)

    def __init__(self, *args: Any, project: Project, prompts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["risk"].required = project.axes == [Axis.SAFETY]
        self.fields["prompt"].queryset = prompts  # type: ignore[attr-defined]
        self.fields["text"].validators = [
            ProhibitNullCharactersValidator(
                _("The prompt contains NUL characters, which cannot be stored. Remove them.")
            ),
            MaxLengthValidator(
                project.max_prompt_chars,
                _("A prompt may have %(limit_value)d characters here; this one has %(show_value)d. Shorten it."),
            ),
        ]

    def clean(self) -> dict[str, Any]:
        """A prompt counts as the set's only while its text is what the set asks in this turn; changed, it is the
        annotator's own."""
        cleaned = super().clean() or {}
        if self.has_error("prompt"):
            self.errors.pop("risk", None)  # which nobody was asked
            raise forms.ValidationError(self.NOT_THERE)
        prompt, text = cleaned.get("prompt"), cleaned.get("text")
        if prompt and text and _same(prompt.turn(cleaned.get("number") or 1), text):
            self.errors.pop("risk", None)  # the set says it
            return {"risk": ""} | cleaned  # a field with an error has no value
        cleaned["prompt"] = None
        if cleaned.get("risk") in Prompt.Risk.values and not cleaned.get("attack"):
            self.add_error("attack", _("Say how your prompt attacks."))
        if text and cleaned.get("number") == 1 and not self.project.allows_own_prompts:
            self.add_error("text", _("This project takes prompts from its set only. Choose one of them."))
        return cleaned

    @property
    def is_of_set(self) -> bool:
        """Whether what was sent is a prompt of the set as it stands there, or stood: nobody typed it."""
        return bool(self.data.get("prompt")) and (
            self.has_error("prompt") or self.cleaned_data.get("prompt") is not None
        )

    def sent(self) -> dict[str, Any]:
        """The valid form, as `authoring.ask` takes it."""
        names = ("dialogue", "number", "text", "prompt")
        return {name: self.cleaned_data[name] for name in names} | {"written": self._written()}

    def _written(self) -> Written:
        language, language_from = self._language()
        risk = self.cleaned_data["risk"]
        tagged = Axis.SAFETY in self.project.axes and risk in Prompt.Risk.values
        return Written(
            language=language,
            language_from=language_from,
            risk=risk if tagged else "",
            attack=self.cleaned_data["attack"] if tagged else "",
            keystrokes=self._counted("keystrokes"),
            typed_chars=self._counted("typed_chars"),
            pasted_chars=self._counted("pasted_chars"),
        )

    def _language(self) -> tuple[str, str]:
        """What the author chose; where they left what stood there, it has to go with the text."""
        chosen, offered = (self.data.get(name, "") for name in ("language", "offered"))
        if chosen != offered and is_tag(chosen):
            return chosen, Turn.LanguageFrom.AUTHOR
        return fitting(self.cleaned_data["text"], offered if is_tag(offered) else ""), Turn.LanguageFrom.ASSUMED

    def _counted(self, name: str) -> int | None:
        """What the page says was typed or pasted; nothing where that is missing or impossible."""
        counted = whole(self.data.get(name, ""))
        return None if counted is None or counted > MOST_COUNTED else counted


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def bounds(words: Any) -> dict[str, Any]:
    """One sentence for all that can be wrong with a number."""
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), words)


class TrialForm(forms.Form):
    """A prompt to one model version, and how its answer is drawn. The bounds of the numbers are the worker's."""

    prompt = forms.CharField(
        label=_("Prompt"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Write a prompt first.")},
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        initial=0.7,
        min_value=0,
        max_value=2,
        widget=forms.NumberInput(attrs={"step": 0.1}),
        error_messages=bounds(_("Choose a number from 0 to 2.")),
    )
    top_p = forms.FloatField(
        label=_("Top-p"),
        initial=0.95,
        min_value=0.01,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": 0.01}),
        error_messages=bounds(_("Choose a number from 0.01 to 1.")),
    )
    max_new_tokens = forms.IntegerField(
        label=_("Tokens at most"),
        initial=256,
        min_value=1,
        max_value=4096,
        error_messages=bounds(_("Choose a whole number from 1 to 4096.")),
    )

    @classmethod
    def values_of(cls, trial: Trial | None) -> dict[str, Any]:
        return {name: getattr(trial, name) for name in cls.base_fields} if trial else {}
