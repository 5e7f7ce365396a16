"""Making a prompt set, and filling it."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.projects.models import Prompt, PromptSet

LONGEST = 20_000  # characters of one prompt; projects set a lower limit of their own
MOST = 10_000  # prompts at once
SHOWN = 20  # problems that are named one by one; nobody reads more

NONE = [("", gettext_lazy("none"))]


class PromptSetForm(forms.ModelForm):
    class Meta:
        model = PromptSet
        fields = ("name", "description")
        labels: ClassVar = {"name": gettext_lazy("Name"), "description": gettext_lazy("Where they come from")}
        help_texts: ClassVar = {
            "name": gettext_lazy("Managers choose it for a round by this name; annotators do not see it."),
        }
        widgets: ClassVar = {"description": forms.Textarea(attrs={"rows": 3})}
        error_messages: ClassVar = {
            "name": {"unique": gettext_lazy("Another set has this name. Choose another one, or add to that set.")}
        }


class PromptsForm(forms.Form):
    """One prompt or many, all under the same tags. What is wrong is said prompt by prompt."""

    text = forms.CharField(
        label=gettext_lazy("Prompts"),
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Write or paste a prompt.")},
    )
    separated = forms.ChoiceField(
        label=gettext_lazy("Where one ends"),
        choices=[
            ("", gettext_lazy("nowhere: this is one prompt")),
            ("line", gettext_lazy("at the end of a line")),
            ("blank", gettext_lazy("at a blank line")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("As in “en”, “pt-BR” or “zh-Hant”."),
        initial="en",
        max_length=35,
        validators=[
            RegexValidator(
                r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", gettext_lazy("Write a language tag, such as en or pt-BR.")
            )
        ],
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        help_text=gettext_lazy(
            "Helpfulness projects offer no adversarial prompts, safety projects no everyday ones, and those with both "
            "axes offer all."
        ),
        choices=Prompt.Category.choices,
        initial=Prompt.Category.EVERYDAY,
    )
    risk = forms.ChoiceField(
        label=gettext_lazy("Risk"),
        help_text=gettext_lazy("What could come of it; adversarial prompts need one."),
        choices=[*NONE, *Prompt.Risk.choices],
        required=False,
    )
    attack = forms.ChoiceField(
        label=gettext_lazy("Attack"),
        help_text=gettext_lazy("How it goes about it; adversarial prompts need one."),
        choices=[*NONE, *Prompt.Attack.choices],
        required=False,
    )

    def clean_text(self) -> str:
        return "\n".join(str(self.cleaned_data["text"]).splitlines())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("category") == Prompt.Category.ADVERSARIAL:
            if not cleaned.get("risk"):
                self.add_error("risk", _("Say what an adversarial prompt risks."))
            if not cleaned.get("attack"):
                self.add_error("attack", _("Say how an adversarial prompt attacks."))
        if cleaned.get("text") and "separated" in cleaned:
            cleaned["texts"] = self._texts(cleaned["text"], cleaned["separated"])
        return cleaned

    def _texts(self, text: str, separated: str) -> list[str]:
        parts = {"": [text], "line": text.splitlines(), "blank": re.split(r"\n[^\S\n]*\n", text)}[separated]
        texts = [part.strip() for part in parts if part.strip()]
        if len(texts) > MOST:
            problem = _("These are %(n)d prompts; add at most %(most)d at once.")
            self.add_error("text", problem % {"n": len(texts), "most": MOST})
        self._complain(texts, [place for place, part in enumerate(texts) if len(part) > LONGEST], self.too_long)
        return texts

    def duplicates(self, places: list[int]) -> None:
        """Prompts at these places are in the set already, or come twice here."""
        self._complain(self.cleaned_data["texts"], places, self.there_already)

    def _complain(self, texts: list[str], places: list[int], sentence: Any) -> None:
        for place in places[:SHOWN]:
            self.add_error("text", sentence(place + 1, Truncator(texts[place]).chars(60)))
        if (more := len(places) - SHOWN) > 0:
            self.add_error("text", ngettext("%(n)d more like this.", "%(n)d more like these.", more) % {"n": more})

    @staticmethod
    def too_long(number: int, text: str) -> str:
        return _("Prompt %(number)d, “%(text)s”, is longer than %(longest)d characters.") % {
            "number": number,
            "text": text,
            "longest": LONGEST,
        }

    @staticmethod
    def there_already(number: int, text: str) -> str:
        return _("Prompt %(number)d, “%(text)s”, is in the set already, or stands here twice.") % {
            "number": number,
            "text": text,
        }
