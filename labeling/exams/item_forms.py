"""One item of a draft, as a form: what a manager sees in place of a table of the text."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.exams.models import Item
from labeling.exams.models.exam import STEPS
from labeling.exams.wording import SCALE

LEAST_ROWS = 6  # for options; one is always left over


class Area(forms.CharField):
    """Lines end as in the text, where a browser sends two characters."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def area(label: Any, rows: int, *, lacking: Any = "", help_text: Any = "") -> forms.CharField:
    """May be left empty where nothing is said of that."""
    return Area(
        label=label,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        required=bool(lacking),
        help_text=help_text,
        max_length=20_000,
        error_messages={"required": lacking},
    )


class ItemForm(forms.Form):
    """`said` is the item as the paper has it. What a form does not show stays as it was."""

    kind: str
    question = area(
        gettext_lazy("Question"),
        4,
        lacking=gettext_lazy("Write the question."),
        help_text=gettext_lazy("Markdown. Candidates read it."),
    )
    weight = forms.IntegerField(
        label=gettext_lazy("Counts"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=gettext_lazy("1 like the others, 2 twice as much."),
    )
    practice = forms.BooleanField(
        label=gettext_lazy("For practice"),
        required=False,
        help_text=gettext_lazy("It counts for nothing, and is not in the test."),
    )
    why = area(gettext_lazy("Said after practice"), 2)

    def __init__(self, data: Any, *, said: dict[str, Any]) -> None:
        self.before = said
        super().__init__(data, initial=self.shown(said))

    def shown(self, said: dict[str, Any]) -> dict[str, Any]:
        return dict(said)

    def own(self) -> dict[str, Any]:
        """What this kind of item has, once the form is valid."""
        return {}

    def said(self) -> dict[str, Any]:
        """The item as the paper is to have it, without what says nothing."""
        cleaned = self.cleaned_data
        common = {"question": cleaned["question"], "weight": cleaned["weight"], "why": cleaned["why"]}
        flags: dict[str, Any] = {name: cleaned[name] for name in ("practice", "fixed") if name in cleaned}
        changed = {**self.before, "kind": self.kind, **common, **self.own(), **flags}
        nothing: dict[str, Any] = {"weight": 1, "practice": False, "fixed": False, "why": "", "question": ""}
        return {key: value for key, value in changed.items() if key not in nothing or value != nothing[key]}


class ChoiceForm(ItemForm):
    kind = Item.Kind.CHOICE
    fixed = forms.BooleanField(label=gettext_lazy("The options keep this order"), required=False)

    field_order = ("question",)

    def __init__(self, data: Any, *, said: dict[str, Any]) -> None:
        super().__init__(data, said=said)
        self.places = range(1, 1 + max(LEAST_ROWS, len(said.get("options", [])) + 1))
        for place in self.places:
            self.fields[f"option_{place}"] = forms.CharField(
                label=_("Option %(n)d") % {"n": place},
                required=place <= 2,
                max_length=2000,
                widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
                error_messages={"required": _("A choice has two options or more.")},
            )
            self.fields[f"right_{place}"] = forms.BooleanField(label=_("right"), required=False)

    def shown(self, said: dict[str, Any]) -> dict[str, Any]:
        options, right = said.get("options", []), said.get("right", [])
        filled = {f"option_{place}": option for place, option in enumerate(options, start=1)}
        return {**said, **filled, **{f"right_{place}": True for place in right}}

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"option_{place}"], self[f"right_{place}"]) for place in self.places]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.own()["right"]:
            self.add_error("right_1", _("Say which options are right: one or more."))
        return cleaned

    def own(self) -> dict[str, Any]:
        """Options that are left empty are none, and the others move up."""
        places = [place for place in self.places if self.cleaned_data.get(f"option_{place}")]
        right = [number for number, place in enumerate(places, start=1) if self.cleaned_data.get(f"right_{place}")]
        return {"options": [self.cleaned_data[f"option_{place}"] for place in places], "right": right}


class PairForm(ItemForm):
    kind = Item.Kind.PAIR
    question = area(gettext_lazy("Prompt"), 3)
    first = area(gettext_lazy("Response A"), 6, lacking=gettext_lazy("Write the response."))
    second = area(gettext_lazy("Response B"), 6, lacking=gettext_lazy("Write the response."))
    right = forms.TypedMultipleChoiceField(
        label=gettext_lazy("What is accepted"),
        coerce=int,
        choices=[(step, f"{step}") for step in range(1, 1 + STEPS)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose the steps of the scale that are right.")},
    )
    fixed = forms.BooleanField(label=gettext_lazy("The responses keep their sides"), required=False)
    field_order = ("question", "first", "second", "right")

    def __init__(self, data: Any, *, said: dict[str, Any]) -> None:
        super().__init__(data, said=said)
        choices = [(step, f"{side}: {label}") for step, (side, label) in enumerate(SCALE, start=1)]
        self.fields["right"].choices = choices  # type: ignore[attr-defined]

    def own(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("first", "second", "right")}


class TextForm(ItemForm):
    kind = Item.Kind.TEXT
    rubric = area(
        gettext_lazy("What graders go by"),
        6,
        lacking=gettext_lazy("Say what graders go by."),
        help_text=gettext_lazy("What earns 5, 4, 3, 2 and 1."),
    )
    field_order = ("question", "rubric")

    def own(self) -> dict[str, Any]:
        return {"rubric": self.cleaned_data["rubric"]}


FORMS = {str(form.kind): form for form in (ChoiceForm, PairForm, TextForm)}
