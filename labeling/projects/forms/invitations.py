"""Inviting people into a cohort."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.mailing import sends_mail
from labeling.projects.forms.enrolments import PeopleField
from labeling.projects.invitees import from_csv

MOST = 5_000  # people at once
LARGEST = 1_000_000  # bytes of a file


class InvitationForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Works for, in days"),
        min_value=1,
        max_value=365,
        initial=14,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)  # sent twice, it makes one

    @property
    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class LinkForm(InvitationForm):
    limit = forms.IntegerField(
        label=gettext_lazy("People it lets in"),
        help_text=gettext_lazy("At most; after that it lets in nobody. Whoever has the link can use it or pass it on."),
        min_value=1,
        max_value=MOST,
        initial=20,
    )
    field_order = ("limit", "days")


class InviteesForm(InvitationForm):
    """Named in the box, in a file, or in both; cleans to (address, name) pairs in `people`."""

    people = PeopleField(required=False, most=MOST)
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        help_text=gettext_lazy("With a column “email” and, if you like, one “name”."),
        required=False,
        widget=forms.FileInput({"accept": ".csv,text/csv,text/plain"}),
        error_messages={"empty": gettext_lazy("This file is empty.")},
    )
    by_mail = forms.BooleanField(
        label=gettext_lazy("Send each of them their link by mail"),
        help_text=gettext_lazy("Then nobody but them sees it. Otherwise the links are shown to you, to pass on."),
        required=False,
        initial=True,
    )
    field_order = ("people", "file", "days", "by_mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sends_mail():
            del self.fields["by_mail"]

    def clean_file(self) -> list[tuple[str, str]]:
        file = self.cleaned_data["file"]
        if not file:
            return []
        if file.size > LARGEST:
            raise forms.ValidationError(_("This file is too large: 1 MB at most."))
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This is no text in UTF-8. Save it as “CSV UTF-8” and try again.")) from None
        return list(PeopleField(required=False, most=MOST, strip=False).clean(from_csv(text)))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            cleaned["people"] = [*{**dict(cleaned["file"]), **dict(cleaned["people"])}.items()]
            if not cleaned["people"]:
                self.add_error("people", _("Name at least one person."))
        return cleaned
