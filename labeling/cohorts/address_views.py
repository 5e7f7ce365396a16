"""Asking for another e-mail address, or to confirm the one that is there, and opening the link that was sent to it."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.core.internal.ratelimit import consume, respond_429
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from labeling.cohorts import addresses, confirmed
from labeling.cohorts.mailing import with_mail
from labeling.cohorts.models import Person

TRIES = {"another_address": "5/h/user", "confirm_address": "5/h/user"}  # each sends a mail to what somebody entered


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Enter an address.")},
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@require_http_methods(["GET", "HEAD", "POST"])
@with_mail
@never_cache
@login_required
@reauthentication_required(app="labeling.cohorts")
def another(request: HttpRequest) -> HttpResponse:
    """The answer is the same whoever has that address, so nobody learns who has accounts here."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "cohorts/address.html", {"form": form}, status=422 if form.errors else 200)
    if not consume(request, app="labeling", action="another_address", config=TRIES):
        return cast(HttpResponse, respond_429(request))
    address = form.cleaned_data["email"]
    addresses.offer(cast(Person, request.user), address)
    return render(request, "cohorts/address_sent.html", {"address": address})


@require_http_methods(["GET", "HEAD", "POST"])
@with_mail
@never_cache
@login_required
@sensitive_variables("token")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link shows a button: mail programs open links too."""
    person = cast(Person, request.user)
    address = addresses.offered(person, token)
    if address and request.method == "POST":
        if addresses.take(person, address):
            messages.success(request, _("You sign in with %(address)s from now on.") % {"address": address})
            return redirect("profile")
        address = None
    status = 200 if address else 410
    return render(request, "cohorts/address_confirm.html", {"address": address}, status=status)


@require_POST
@with_mail
@never_cache
@login_required
def again(request: HttpRequest) -> HttpResponse:
    """Another mail with a link to confirm the address they have."""
    person = cast(Person, request.user)
    if not consume(request, app="labeling", action="confirm_address", config=TRIES):
        return cast(HttpResponse, respond_429(request))
    if confirmed.is_confirmed(person):
        messages.success(request, _("Your address is confirmed."))
    else:
        confirmed.send_link(person)
        messages.success(
            request, _("A mail with another link is on its way to %(address)s.") % {"address": person.email}
        )
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@with_mail
@never_cache
@login_required
@sensitive_variables("key")
def own(request: HttpRequest, key: str) -> HttpResponse:
    """Only who has the account may say that its address is theirs, not whoever got the mail by a slip of the pen."""
    person = cast(Person, request.user)
    opens, done = confirmed.opens(person, key), confirmed.is_confirmed(person)
    if opens and request.method == "POST":
        confirmed.confirm(person)
        messages.success(request, _("Your address is confirmed."))
        return redirect("home")
    status = 200 if opens or done else 410
    return render(request, "cohorts/address_own.html", {"opens": opens, "done": done}, status=status)
