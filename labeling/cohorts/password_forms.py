"""django-allauth's forms for a password, in our words."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _


class InOurWords:
    fields: dict[str, Any]
    words = {
        "oldpassword": (_("The password until now"), ""),
        "password1": (
            _("New password"),
            _("At least 10 characters. Three or four words that do not belong together do."),
        ),
        "password2": (_("The same again"), ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label, field.help_text = self.words[name]
            field.widget.attrs.pop("placeholder", None)


class SetPasswordForm(InOurWords, forms.SetPasswordForm):
    pass


class ChangePasswordForm(InOurWords, forms.ChangePasswordForm):
    pass


class ResetPasswordForm(InOurWords, forms.ResetPasswordKeyForm):
    pass
