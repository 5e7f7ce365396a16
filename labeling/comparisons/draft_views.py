"""Drafts of what a person is entering: saved by the page as they change, given back with the next page."""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from labeling.comparisons.models import Draft
from labeling.projects.access import PersonRequest, sign_in_required

MILLISECOND = timedelta(milliseconds=1)


class DraftForm(forms.Form):
    form = forms.CharField(max_length=200)
    entered = forms.CharField(max_length=Draft.LONGEST, required=False, strip=False)
    ago = forms.IntegerField(min_value=0, max_value=Draft.LIFETIME // MILLISECOND, required=False)

    def clean_entered(self) -> str:
        """Nothing that the page which gets it back could not read: all its other drafts would be lost to it."""
        entered = str(self.cleaned_data["entered"])
        if entered and not is_entered(entered):
            raise forms.ValidationError("not what a form holds")
        return entered


def is_entered(text: str) -> bool:
    """Whether it is what `Draft.entered` holds: [[name, value], …]."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, list) and all(
        isinstance(field, list) and [type(part) for part in field] == [str, str] for field in fields
    )


@require_POST
@sign_in_required
def draft(request: PersonRequest) -> HttpResponse:
    """Keep one of one's own; what is sent empty is dropped. Nobody has to be asked: it is read by its author alone."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    sent = form.cleaned_data
    if sent["entered"]:
        Draft.keep(request.user, sent["form"], sent["entered"])
    else:
        Draft.objects.drop(request.user, sent["form"], (sent["ago"] or 0) * MILLISECOND)
    return HttpResponse(status=204)


def drafts(request: HttpRequest) -> dict[str, Any]:
    """A context processor: the person's own, as JSON. Asks only where a template does."""
    return {"drafts_kept": lambda: kept(request)}


def kept(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return "[]"
    own = Draft.objects.of(request.user)
    return json.dumps(
        [{"form": one.form, "entered": one.entered, "at": int(one.saved_at.timestamp() * 1000)} for one in own]
    )
