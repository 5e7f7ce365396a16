"""How a model version is added: a form for each kind of source, which asks for what that kind needs."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects import sources
from labeling.projects.models import ModelVersion
from labeling.projects.source_words import WHAT_TO_DO
from labeling.projects.sources import Kind

EXACT = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "class": "code"}
LONGEST = 500  # characters of a source, all in all


class ExactField(forms.CharField):
    """Something that is copied rather than written; pasted digits may come in capitals or with space around them."""

    widget = forms.TextInput(attrs=EXACT)


class DigitsField(ExactField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class ModelVersionForm(forms.Form):
    """What every kind needs. The forms below add the parts of a source, named as in `sources.PARTS`."""

    kind: ClassVar[Kind]
    twin: ModelVersion | None = None

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("How managers tell it from others; annotators never see it."),
    )
    system_prompt = forms.CharField(
        label=gettext_lazy("System prompt"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=gettext_lazy("What the model is told before every conversation. Another text is another version."),
    )
    sha256 = DigitsField(
        label=gettext_lazy("sha256 of the checkpoint"),
        required=False,
        validators=[RegexValidator(r"^[0-9a-f]{64}\Z", gettext_lazy("A sha256 is 64 digits from 0 to 9 and a to f."))],
        help_text=gettext_lazy("If you know it: the worker then refuses any other. Otherwise the check fills it in."),
    )
    same_is_meant = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if taken := ModelVersion.objects.filter(name__iexact=name).first():
            raise forms.ValidationError(_("“%(name)s” is there already. Choose another name."), params={"name": taken})
        return name

    def clean(self) -> dict[str, Any]:
        """With `engine` and `source` composed of the parts."""
        cleaned = super().clean() or {}
        parts = {name: cleaned[name] for name in sources.PARTS[self.kind] if name in cleaned}
        for name, problem in sources.problems(self.kind, parts).items():
            self.add_error(name, str(WHAT_TO_DO[problem]))
        if not self.errors:
            cleaned["engine"], cleaned["source"] = sources.compose(self.kind, parts)
            self._weigh(cleaned)
        return cleaned

    def _weigh(self, cleaned: dict[str, Any]) -> None:
        if len(cleaned["source"]) > LONGEST:
            self.add_error(None, _("A source may have %(n)d characters, all in all. Shorten it.") % {"n": LONGEST})
        alike = {name: cleaned[name] for name in ("engine", "source", "system_prompt")}
        self.twin = ModelVersion.objects.filter(**alike).first()
        if self.twin and not cleaned["same_is_meant"]:
            words = _("“%(name)s” has the same source and the same system prompt. Add another one all the same?")
            self.add_error(None, words % {"name": self.twin})

    def fields_of_version(self) -> dict[str, str]:
        names = ("name", "engine", "source", "system_prompt", "sha256")
        return {name: self.cleaned_data.get(name, "") for name in names}


class FolderForm(ModelVersionForm):
    kind = Kind.FOLDER
    path = ExactField(
        label=gettext_lazy("Folder"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "Its path below one of the worker's folders. One that Tandem starts itself has smollm2-135m-instruct."
        ),
    )
    field_order = ("path",)


class GgufForm(ModelVersionForm):
    kind = Kind.GGUF
    path = ExactField(
        label=gettext_lazy("File"),
        max_length=LONGEST,
        help_text=gettext_lazy("Its path below one of the worker's folders, such as llama-3/Llama-3-8B.Q8_0.gguf"),
    )
    field_order = ("path",)


class HubForm(ModelVersionForm):
    kind = Kind.HUB
    repository = ExactField(
        label=gettext_lazy("Repository"),
        max_length=LONGEST,
        help_text=gettext_lazy("Organisation and name, such as HuggingFaceTB/SmolLM2-1.7B-Instruct"),
    )
    commit = DigitsField(
        label=gettext_lazy("Commit"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "Its 40 digits, such as 0123456789abcdef0123456789abcdef01234567. They are on the repository's page, under "
            "“Files and versions”, in the history of commits."
        ),
    )
    field_order = ("repository", "commit")


class AdapterForm(ModelVersionForm):
    kind = Kind.ADAPTER
    base = ExactField(
        label=gettext_lazy("Base model"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "The model that the adapter changes: a folder or GGUF file on the worker, such as llama-3-8b, or from the "
            "hub as hub:organisation/name@ and 40 digits"
        ),
    )
    adapter = ExactField(
        label=gettext_lazy("Adapter"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "A folder on the worker, such as adapters/polite-3, or from the hub as hub:organisation/name@ and 40 digits"
        ),
    )
    field_order = ("base", "adapter")


class ServerForm(ModelVersionForm):
    kind = Kind.SERVER
    url = ExactField(
        label=gettext_lazy("Base URL"),
        max_length=LONGEST,
        help_text=gettext_lazy("As the worker reaches it, such as http://127.0.0.1:8000/v1"),
    )
    model = ExactField(
        label=gettext_lazy("Name on the server"),
        max_length=LONGEST,
        help_text=gettext_lazy("As the server lists it, such as meta-llama/Meta-Llama-3-8B-Instruct"),
    )
    sha256 = None  # type: ignore[assignment]  # a server does not prove which weights it holds
    field_order = ("url", "model")


class ScriptedForm(ModelVersionForm):
    kind = Kind.SCRIPTED
    script = ExactField(
        label=gettext_lazy("Script"),
        max_length=LONGEST,
        initial="scripted",
        help_text=gettext_lazy("Such as scripted, scripted:slow, scripted:echo or scripted:fails"),
    )
    sha256 = None  # type: ignore[assignment]
    field_order = ("script",)


FORMS: dict[Kind, type[ModelVersionForm]] = {
    form.kind: form for form in (FolderForm, GgufForm, HubForm, AdapterForm, ServerForm, ScriptedForm)
}


def offered() -> dict[Kind, type[ModelVersionForm]]:
    """The scripted engine invents its answers: it is there only for who tries Tandem itself out."""
    return {kind: form for kind, form in FORMS.items() if kind != Kind.SCRIPTED or settings.SCRIPTED_MODELS}


def like(version: ModelVersion) -> dict[str, str]:
    """What a form starts from when a version is to be changed, which takes a new one. Its hash is its own."""
    _kind, parts = sources.parse(version.engine, version.source)
    return {**parts, "name": fresh_name(version.name), "system_prompt": version.system_prompt}


def fresh_name(name: str) -> str:
    """The name, shortened if need be, with the first number that is free."""
    name = name[:90]
    taken = set(ModelVersion.objects.values_list("name", flat=True))
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
