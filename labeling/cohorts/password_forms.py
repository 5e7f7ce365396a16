"""django-allauth's forms for a password, in our words."""

from typing import Any

from allauth.account import forms
from allauth.core import context
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.accounts import came_by_link
from labeling.cohorts.confirmed import confirm


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
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Whoever just came by a sign-in link may have forgotten the password until now, and need not know it."""
        super().__init__(*args, **kwargs)
        if came_by_link(context.request, self.user):
            del self.fields["oldpassword"]


class ResetPasswordForm(InOurWords, forms.ResetPasswordKeyForm):
    def save(self) -> None:
        """Whoever has the link from the mail reads the mail of that address."""
        super().save()
        confirm(self.user)
