"""What a candidate answers to one item."""

from typing import Any

from django import forms

from labeling.exams.models import Item
from labeling.exams.models.attempt import LONGEST


class AnswerForm(forms.Form):
    """One field, named after the item; an answer may be taken back."""

    def __init__(self, item: Item, data: Any) -> None:
        super().__init__(data, prefix=f"item-{item.pk}")
        self.of_text = item.kind == Item.Kind.TEXT
        self.fields["answer"] = (
            forms.CharField(max_length=LONGEST, required=False, strip=False)
            if self.of_text
            else forms.TypedChoiceField(
                choices=[(one, one) for one in item.answers], coerce=int, empty_value=None, required=False
            )
        )

    @property
    def said(self) -> dict[str, Any]:
        """What `Sitting.save_answer` takes."""
        return {"text" if self.of_text else "value": self.cleaned_data["answer"]}
