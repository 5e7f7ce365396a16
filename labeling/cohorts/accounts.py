"""How django-allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext

from labeling.cohorts.limits import minutes_left

OFTEN = "too_many_login_attempts"


class AccountAdapter(DefaultAccountAdapter):
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
