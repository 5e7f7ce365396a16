"""A snapshot's files to a hub, from its page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from labeling.datasets import pushing
from labeling.datasets.models import NotNow, Push, Snapshot
from labeling.projects.access import PersonRequest, managed_project, manager_required


class PushForm(forms.Form):
    """`token` is never sent back to a page."""

    name = forms.RegexField(
        rf"^{pushing.NAME}$",
        label=gettext_lazy("Data set on the hub"),
        help_text=gettext_lazy("As owner/name. It is made where there is none."),
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Write the name as owner/name.")),
    )
    token = forms.CharField(
        label=gettext_lazy("Your token for the hub, one that may write"),
        help_text=gettext_lazy("It is used this once and kept nowhere."),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give a token of yours that may write there.")},
    )
    private = forms.BooleanField(label=gettext_lazy("Private, where it is made for this"), initial=True, required=False)


@sensitive_post_parameters("token")
@sensitive_variables("form", "asked")
@require_POST
@manager_required
def push(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    snapshot = get_object_or_404(Snapshot, project=managed_project(request, slug), number=number)
    form = PushForm(request.POST)
    if not form.is_valid():
        for found in form.errors.values():
            messages.error(request, str(found[0]))
        return redirect("snapshot", slug, number)
    asked: dict[str, Any] = form.cleaned_data
    try:
        begun = Push.objects.begin(snapshot, asked["name"], private=asked["private"], by=request.user)
    except NotNow:
        messages.error(request, _("Its files are not there, or are being sent already."))
    else:
        pushing.push_soon(begun, asked["token"])
    return redirect("snapshot", slug, number)


@require_POST
@manager_required
def cancel(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    snapshot = get_object_or_404(Snapshot, project=managed_project(request, slug), number=number)
    sending = snapshot.pushes.filter(state=Push.State.SENDING).first()
    if sending is None or not sending.cancel():
        messages.error(request, _("It is over already, or was cancelled."))
    return redirect("snapshot", slug, number)
