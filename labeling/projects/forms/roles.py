"""What somebody may do in a project beyond annotating."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import Person
from labeling.projects.models import Role


class RoleForm(forms.Form):
    person = forms.CharField(
        label=gettext_lazy("Person"),
        help_text=gettext_lazy("The e-mail address of their account, or their pseudonym, as P-1a2b3c4d."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Say whose.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Role.Kind.choices,
        initial=Role.Kind.REVIEWER,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a role.")},
    )

    def clean_person(self) -> Person:
        """Nobody is found by a part of a name: a role is given to whom one means."""
        typed = self.cleaned_data["person"]
        named = Person.objects.filter(Q(email__iexact=typed) | Q(pseudonym__iexact=typed), is_active=True)
        if (found := named.first()) is None:
            raise ValidationError(_("Nobody here has this address or pseudonym. Invite them into a cohort first."))
        return found
