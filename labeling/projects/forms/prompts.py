"""Making a prompt set, and filling it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.projects.languages import TAG
from labeling.projects.models import Prompt, PromptSet
from labeling.projects.pasted import Ends, Pasted, broken_lines, split

LONGEST = 20_000  # characters of one prompt; projects set a lower limit of their own
MOST = 10_000  # prompts at once
SHOWN = 20  # problems that are named one by one; nobody reads more

ENDS = {
    Ends.LINE: gettext_lazy("at the end of a line"),
    Ends.BLANK: gettext_lazy("at a blank line"),
    Ends.NOWHERE: gettext_lazy("nowhere: this is one prompt"),
}
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
            "name": {
                "required": gettext_lazy("Give the set a name."),
                "unique": gettext_lazy("Another set has this name. Choose another one, or add to that set."),
            }
        }


class PromptsForm(forms.Form):
    """One prompt or many, all under the same tags. What is wrong is said line by line, and nothing is left out unasked.

    `others` is how many could be added without those that are there already.
    """

    text = forms.CharField(
        label=gettext_lazy("Prompts"),
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        strip=False,  # lines are counted as they were pasted
        error_messages={"required": gettext_lazy("Write or paste a prompt.")},
    )
    ends = forms.ChoiceField(
        label=gettext_lazy("Where one prompt ends"),
        help_text=gettext_lazy("Say this when there are several lines."),
        choices=list(ENDS.items()),
        required=False,
        widget=forms.RadioSelect,
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("As in “en”, “pt-BR” or “zh-Hant”."),
        initial="en",
        max_length=35,
        validators=[RegexValidator(rf"^{TAG.pattern}$", gettext_lazy("Write a language tag, such as en or pt-BR."))],
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

    leave_out = forms.BooleanField(required=False, widget=forms.HiddenInput)
    others = 0

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if not text.strip():
            raise forms.ValidationError(_("Write or paste a prompt."))
        self._complain(broken_lines(text), self.broken)
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("category") == Prompt.Category.ADVERSARIAL:
            if not cleaned.get("risk"):
                self.add_error("risk", _("Say what an adversarial prompt risks."))
            if not cleaned.get("attack"):
                self.add_error("attack", _("Say how an adversarial prompt attacks."))
        if cleaned.get("text") and "ends" in cleaned:
            self._split(cleaned["text"], cleaned["ends"])
        return cleaned

    def _split(self, text: str, ends: str) -> None:
        """Asks where a prompt ends if that makes a difference, with how many there would be in each case."""
        ways = {way: split(text, way) for way in Ends}
        if len(ways[Ends.LINE]) > 1:
            self.fields["ends"].choices = [  # type: ignore[attr-defined]
                (way, label if way == Ends.NOWHERE else counted(label, len(ways[way]))) for way, label in ENDS.items()
            ]
            if not ends:
                self.add_error("ends", _("These are several lines: say where one prompt ends."))
                return
        self.pasted = ways[Ends(ends or Ends.NOWHERE)]
        if len(self.pasted) > MOST:
            problem = _("These are %(n)d prompts; add at most %(most)d at once.")
            self.add_error("text", problem % {"n": len(self.pasted), "most": MOST})
        self._complain([pasted for pasted in self.pasted if len(pasted.text) > LONGEST], self.too_long)

    def texts(self) -> list[str]:
        return [pasted.text for pasted in self.pasted]

    def duplicates(self, places: dict[int, int | None]) -> None:
        """Prompts at these places are in the set already, or come twice here; the others can be added without them."""
        before = {self.pasted[place]: place_before for place, place_before in places.items()}
        self._complain(list(before), lambda pasted: self.there_already(pasted, before[pasted]))
        self.others = len(self.pasted) - len(places)
        if self.others:
            self.add_error(None, _("Change what is there already, or add the others without it: the button is below."))

    def _complain(self, wrong: list[Pasted], sentence: Callable[[Pasted], str]) -> None:
        for pasted in wrong[:SHOWN]:
            self.add_error("text", sentence(pasted))
        if (more := len(wrong) - SHOWN) > 0:
            self.add_error("text", ngettext("%(n)d more like this.", "%(n)d more like these.", more) % {"n": more})

    @staticmethod
    def broken(pasted: Pasted) -> str:
        return _("Line %(line)d, “%(text)s”, has broken characters. Copy it anew, or save its file as UTF-8 first.") % (
            named(pasted)
        )

    @staticmethod
    def too_long(pasted: Pasted) -> str:
        said = _("Line %(line)d, “%(text)s”, is longer than %(longest)d characters.")
        return said % {**named(pasted), "longest": LONGEST}

    def there_already(self, pasted: Pasted, before: int | None) -> str:
        if before is None:
            return _("Line %(line)d, “%(text)s”, is in the set already.") % named(pasted)
        said = _("Line %(line)d, “%(text)s”, says the same as line %(before)d.")
        return said % {**named(pasted), "before": self.pasted[before].line}


def counted(label: Any, n: int) -> str:
    return ngettext("%(label)s (%(n)d prompt)", "%(label)s (%(n)d prompts)", n) % {"label": label, "n": n}


def named(pasted: Pasted) -> dict[str, Any]:
    return {"line": pasted.line, "text": Truncator(pasted.text).chars(60)}
