"""How django-allauth behaves here."""

import time
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from labeling.cohorts.limits import minutes_left
from labeling.cohorts.models import Person

OFTEN = "too_many_login_attempts"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        OFTEN: _("That was tried too often. Try again in a few minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody joins uninvited."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """What cannot even be read as an address leads nowhere."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes need not do it again to change how they sign in."""
        records = get_authentication_records(self.request, self.request.user)
        return not records or time.time() - records[-1]["at"] > app_settings.REAUTHENTICATION_TIMEOUT

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as refused:
            if refused.code != OFTEN:
                raise
            key = self._get_login_attempts_cache_key(request, **credentials)
            raise ValidationError(tried_too_often(minutes_left(request, "login_failed", key)), code=OFTEN) from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One for each account, however its address is written, and whatever name and port the page was asked under."""
        return str(credentials.get("email", "")).upper()


def tried_too_often(minutes: int) -> str:
    words = ngettext(
        "That was tried too often. Try again in %(n)d minute.",
        "That was tried too often. Try again in %(n)d minutes.",
        minutes,
    )
    return words % {"n": minutes}


def let_in(request: HttpRequest, person: Person, method: str) -> HttpResponse:
    """They have shown who they are, by a link for instance; the answer leads on, or asks for their second factor."""
    if request.user.is_authenticated and request.user != person:
        logout(request)
    record_authentication(request, person, method=method)
    return cast(HttpResponse, perform_login(request, Login(user=person, email=person.email)))
