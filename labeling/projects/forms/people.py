"""A person of a cohort, as far as a manager may change them."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person


class PersonForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ("name",)
        labels: ClassVar = {"name": _("Name")}
        help_texts: ClassVar = {"name": _("As they want to be called; they see it, and so do managers.")}

    def __init__(self, data: Any, *, instance: Person) -> None:
        super().__init__(data, instance=instance)
        self.fields["name"].required = True
        self.fields["name"].error_messages["required"] = _("Give a name.")
