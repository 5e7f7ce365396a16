"""What somebody says who joins by an invitation."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import ConsentText, Person

SECRET = {"autocomplete": "new-password"}


class JoinForm(forms.Form):
    """A new account; rights are none of its fields."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("As you want to be called. Your managers see it; other annotators do not."),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Give a name.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("You sign in with it."),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Give your e-mail address.")},
    )
    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least 10 characters. Three or four words that do not belong together do."),
        strip=False,
        widget=forms.PasswordInput(SECRET),
        error_messages={"required": gettext_lazy("Choose a password.")},
    )
    password2 = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        widget=forms.PasswordInput(SECRET),
        error_messages={"required": gettext_lazy("Type the password a second time.")},
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("I have read this and agree"),
        error_messages={"required": gettext_lazy("You can join once you agree to this.")},
    )
    text = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, consent: ConsentText | None) -> None:
        super().__init__(data, initial={"text": consent.pk if consent else None})
        self.consent = consent
        if consent is None:
            del self.fields["agreed"], self.fields["text"]

    def clean_email(self) -> str:
        return str(get_adapter().clean_email(self.cleaned_data["email"])).lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.consent and cleaned.get("text") != self.consent.pk:
            self.reread()
        if cleaned.get("password1") and cleaned.get("password2") and cleaned["password1"] != cleaned["password2"]:
            self.add_error("password2", _("The two passwords differ."))
        elif cleaned.get("password1"):
            try:
                get_adapter().clean_password(cleaned["password1"], user=self.person())
            except forms.ValidationError as refused:
                self.add_error("password1", refused)
        return cleaned

    def person(self) -> Person:
        """As it would be made; not saved."""
        return Person(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))

    def new_person(self) -> Person:
        """With the password, which takes a good part of a second: before anything is held."""
        person = self.person()
        person.set_password(self.cleaned_data["password1"])
        return person

    def reread(self) -> None:
        """The text is another one by now: show that, and ask again."""
        self.errors.pop("agreed", None)
        kept = {name: value for name, value in self.data.items() if name != "agreed"}
        self.data = kept | {"text": str(self.consent.pk) if self.consent else ""}
        self.add_error("agreed", _("This text has changed since you opened the page: read it again, and decide anew."))
