"""Writing a guideline, and clarifying one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.differences import share_changed
from labeling.projects.models import GuidelineVersion

LONGEST = 60_000  # characters; nobody keeps more in mind
SMALL = 0.1  # of the words; a clarification that changes more may well change how pairs are judged


class TextForm(forms.Form):
    """A guideline's text, and what it was when writing began."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        help_text=gettext_lazy("Markdown: # heading, **bold**, - list, > quote, tables."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "code", "dir": "auto", "spellcheck": "true"}),
        error_messages={
            "required": gettext_lazy("Write what annotators go by."),
            "max_length": gettext_lazy("Keep it under %(limit_value)d characters; this has %(show_value)d."),
        },
    )

    def __init__(self, data: Any = None, *, before: str, **initial: Any) -> None:
        super().__init__(data, initial={"text": before, **initial})
        self.before = before

    def clean_text(self) -> str:
        """Lines end as they do everywhere else, whatever the browser sends."""
        text = "\n".join(line.rstrip() for line in str(self.cleaned_data["text"]).splitlines())
        if text == "\n".join(line.rstrip() for line in self.before.strip().splitlines()):
            raise forms.ValidationError(_("Nothing has changed yet."))
        return text

    def overtaken(self, **now: int) -> None:
        """Somebody else wrote meanwhile: say so, and let what was typed here be sent again on top of that."""
        self.add_error(None, _("Somebody else wrote meanwhile. What you typed is kept; look at what it changes now."))
        self.data = {**self.data.dict(), **now}  # type: ignore[attr-defined]


class GuidelineForm(TextForm):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ClarificationForm(TextForm):
    """One that rewrites much is let through only when the manager has said that it is one nevertheless."""

    note = forms.CharField(
        label=gettext_lazy("What was unclear"),
        help_text=gettext_lazy("One sentence; it stands in the list of clarifications."),
        max_length=300,
        error_messages={"required": gettext_lazy("Say what was unclear.")},
    )
    anyway = forms.BooleanField(
        required=False,
        label=gettext_lazy("It changes words only: pairs are judged as before"),
    )
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @property
    def share(self) -> float:
        """Of the words, what the text in this form changes."""
        return share_changed(self.before, str(self["text"].value() or ""))

    @property
    def rewrites(self) -> bool:
        return self.share > SMALL

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("text") and self.rewrites and not cleaned.get("anyway"):
            self.add_error(
                "anyway",
                _("This changes %(percent)d %% of the words. If pairs are judged otherwise by it, write a new version.")
                % {"percent": round(100 * self.share)},
            )
        return cleaned


class ComparisonForm(forms.Form):
    """Which two versions to set side by side."""

    old = forms.ModelChoiceField(GuidelineVersion.objects.none(), to_field_name="number", label=gettext_lazy("From"))
    new = forms.ModelChoiceField(GuidelineVersion.objects.none(), to_field_name="number", label=gettext_lazy("To"))

    def __init__(self, data: Any, *, versions: Any) -> None:
        super().__init__(data)
        for name in ("old", "new"):
            field = self.fields[name]
            field.queryset = versions  # type: ignore[attr-defined]
            field.empty_label = None  # type: ignore[attr-defined]
            field.label_from_instance = lambda version: _("version %(n)d") % {"n": version.number}  # type: ignore[attr-defined]
