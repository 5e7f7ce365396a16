"""Languages that people work in, as one types them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects import languages

MOST = 20


class LanguagesField(forms.CharField):
    """Tags, or languages by their own names, with commas between; cleans to tags of the list, each once."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        help_text = gettext_lazy("That its people read and write, with commas between: “en, pt-BR” or “Deutsch”.")
        super().__init__(label=gettext_lazy("Languages"), help_text=help_text, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        named = {own.casefold(): tag for tag, own in languages.choices()}
        found: dict[str, None] = {}
        unknown = []
        for one in (part.strip() for part in str(super().clean(value)).replace(";", ",").split(",")):
            if tag := named.get(one.casefold()) or (languages.canonical(one) if known(one) else ""):
                found[tag] = None
            elif one:
                unknown.append(one[:40])
        if unknown:
            problem = _("No language is known by %(names)s. Give a tag, as in “en”, or its own name.")
            raise ValidationError(problem % {"names": ", ".join(f"“{one}”" for one in unknown[:5])})
        if len(found) > MOST:
            raise ValidationError(_("Give at most %(n)d languages.") % {"n": MOST})
        return list(found)


def known(tag: str) -> bool:
    return languages.is_tag(tag) and languages.known(tag)
