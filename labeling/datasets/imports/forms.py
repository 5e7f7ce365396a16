"""Which column of a file says what, as a form: what is called as such things are called is chosen already."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.datasets.imports.mapping import PAIRS, PROMPTS, guess
from labeling.datasets.imports.pairs import COLUMN, FIRST, NAMES, NOWHERE, ONE, SIGN, ZERO
from labeling.projects.languages import TAG
from labeling.projects.models import Prompt

LARGEST = 5_000_000_000  # bytes of a file


class FileForm(forms.Form):
    """What a browser says of a file that it is to send in parts, or a small file itself, where no script runs."""

    name = forms.CharField(max_length=255, required=False)
    size = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("JSON Lines, CSV or Parquet; the first two may be packed with gzip or zstd."),
        required=False,
        error_messages={"empty": gettext_lazy("The file is empty. Send one with at least one row.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("file"):
            cleaned |= {"name": cleaned["file"].name, "size": cleaned["file"].size}
        elif "size" in self.errors:
            self.add_error("file", _("Files may have %(most)s GB. Send it in parts.") % {"most": LARGEST // 10**9})
        elif not (cleaned.get("name") and cleaned.get("size")) and not self.errors:
            self.add_error("file", _("Choose a file."))
        return cleaned


class ColumnsForm(forms.Form):
    """`columns` are the file's; what was chosen before, or else a guess, is chosen at first."""

    names: Sequence[str]

    def __init__(self, data: Any, *, columns: Sequence[str], mapping: Mapping[str, Any]) -> None:
        self.before = mapping or {"columns": guess(self.names, columns)}
        super().__init__(data, initial=initial(self.before))
        shown = [(column, Truncator(column).chars(60)) for column in columns]
        for name in self.names:
            field: Any = self.fields[name]
            field.choices = [("", _("Choose a column") if field.required else _("no column")), *shown]

    def chosen(self) -> Mapping[str, Any] | None:
        """What is chosen now; None where something is missing."""
        if self.is_bound:
            return self.mapping() if self.is_valid() else None
        needed = {name for name in self.names if self.fields[name].required}
        ends = {name.removesuffix(ALL): field.initial for name, field in self.fields.items() if name.endswith(ALL)}
        whole = {"values": {name: str(value) for name, value in ends.items() if value}, **self.before}
        return whole if needed <= whole["columns"].keys() else None

    def mapping(self) -> dict[str, dict[str, str]]:
        """As `Mapped` takes it."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return {
            "columns": {name: given[name] for name in self.names if name in given},
            "values": {name.removesuffix(ALL): value for name, value in given.items() if name.endswith(ALL)},
        }


ALL = "_all"


def initial(mapping: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {**mapping["columns"], **{f"{name}{ALL}": value for name, value in mapping.get("values", {}).items()}}


def column(label: Any, help_text: Any = "", *, required: bool = False) -> forms.ChoiceField:
    needed = {"required": gettext_lazy("Say which column has it.")}
    return forms.ChoiceField(label=label, help_text=help_text, required=required, error_messages=needed)


def language_of_all(initial: str) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Language where no column says it"),
        initial=initial,
        required=False,
        max_length=35,
        validators=[RegexValidator(rf"^{TAG.pattern}$", gettext_lazy("Write a language tag, such as en or pt-BR."))],
    )


def one_of_all(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


class PromptColumnsForm(ColumnsForm):
    names = PROMPTS

    text = column(
        gettext_lazy("Prompt"),
        gettext_lazy("A text, or a list of texts or messages: one for each turn of a conversation."),
        required=True,
    )
    tags = column(gettext_lazy("Tags"), gettext_lazy("One, several with commas between them, or a list."))
    language = column(gettext_lazy("Language"))
    language_all = language_of_all("en")
    category = column(gettext_lazy("Category"))
    category_all = one_of_all(gettext_lazy("Category where no column says it"), Prompt.Category.choices)
    risk = column(gettext_lazy("Risk"))
    risk_all = one_of_all(
        gettext_lazy("Risk where no column says it"), [("", gettext_lazy("none")), *Prompt.Risk.choices]
    )
    attack = column(gettext_lazy("Attack"))
    attack_all = one_of_all(
        gettext_lazy("Attack where no column says it"), [("", gettext_lazy("none")), *Prompt.Attack.choices]
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("category_all") == Prompt.Category.ADVERSARIAL:
            for name, said in (("risk", _("a risk")), ("attack", _("an attack"))):
                if not cleaned.get(name) and not cleaned.get(f"{name}{ALL}"):
                    self.add_error(f"{name}{ALL}", _("Adversarial prompts need %(one)s.") % {"one": said})
        return cleaned


class PairColumnsForm(ColumnsForm):
    """`axes` are the project's."""

    names = PAIRS

    axis = forms.ChoiceField(label=gettext_lazy("Axis"), help_text=gettext_lazy("What they were compared for."))
    verdict_all = forms.ChoiceField(
        label=gettext_lazy("Which response is better"),
        choices=[
            (FIRST, gettext_lazy("always the first one (the column is called “chosen”)")),
            (COLUMN, gettext_lazy("a column says it")),
            (NOWHERE, gettext_lazy("nobody has said it: people here are to judge them")),
        ],
        initial=FIRST,
        widget=forms.RadioSelect,
    )
    prompt = column(gettext_lazy("Prompt"), gettext_lazy("None where each response's column has the whole dialogue."))
    first = column(gettext_lazy("First response"), gettext_lazy("Alone, or at the end of its dialogue."), required=True)
    second = column(gettext_lazy("Second response"), required=True)
    better = column(gettext_lazy("Which is better"))
    better_is_all = forms.ChoiceField(
        label=gettext_lazy("How that column says it"),
        choices=[
            (NAMES, gettext_lazy("by a name: A or B, model_a or model_b, first or second")),
            (ZERO, gettext_lazy("0 is the first, 1 the second")),
            (ONE, gettext_lazy("1 is the first, 2 the second")),
            (SIGN, gettext_lazy("by a sign: below zero the first, above it the second")),
        ],
        initial=NAMES,
        required=False,
    )
    degree = column(gettext_lazy("Degree"), gettext_lazy("1 (barely) to 4 (significantly), with or without a sign."))
    annotator = column(gettext_lazy("Annotator"), gettext_lazy("Who said it; pages show a pseudonym."))
    first_model = column(gettext_lazy("Model of the first"))
    second_model = column(gettext_lazy("Model of the second"))
    first_safe = column(gettext_lazy("Whether the first is safe"))
    second_safe = column(gettext_lazy("Whether the second is safe"))
    language = column(gettext_lazy("Language"))
    language_all = language_of_all("")
    people_all = forms.IntegerField(
        label=gettext_lazy("People who judge each"),
        help_text=gettext_lazy("Where nobody has judged them yet."),
        initial=1,
        min_value=1,
        max_value=20,
        required=False,
    )

    def __init__(self, data: Any, *, axes: Sequence[Any], axis: str, **terms: Any) -> None:
        super().__init__(data, **terms)
        self.fields["axis"].choices = [(one.value, one.label) for one in axes]  # type: ignore[attr-defined]
        self.initial["axis"] = axis or axes[0].value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict_all") == COLUMN and not cleaned.get("better"):
            self.add_error("better", _("Say which column has it."))
        if cleaned.get("first") and cleaned["first"] == cleaned.get("second"):
            self.add_error("second", _("The two responses are in two columns."))
        return cleaned
