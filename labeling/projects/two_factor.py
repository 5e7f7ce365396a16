"""Whom this installation requires two-factor of, and that they set it up before anything else."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.access import may_manage

SEEN = "two_factor_seen"  # in the session: whose two-factor was found to be set up
SET_UP = "mfa_activate_totp"
FIRST = {  # what they reach before they have set it up
    *(SET_UP, "account_reauthenticate", "account_logout", "account_set_password"),
    *("session", "sign_in_link", "healthz", "turn_stream", "trial_stream"),
}


def is_required_of(person: Person) -> bool:
    if settings.REQUIRE_TWO_FACTOR == "managers":
        return may_manage(person)
    return bool(settings.REQUIRE_TWO_FACTOR == "everyone")


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is not right, or its 30 seconds are over. Enter the one that is shown now."),
        "cannot_delete_authenticator": _("It is required of you here, so it cannot be taken down."),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_of(authenticator.user)


class SetUpForm(ActivateTOTPForm):
    @property
    def is_required(self) -> bool:
        return is_required_of(self.user)

    @property
    def spelled(self) -> str:
        """The secret, to be typed where nothing can be scanned."""
        return " ".join(self.secret[place : place + 4] for place in range(0, len(self.secret), 4))


class TwoFactorFirst(MiddlewareMixin):
    """Leads whoever has no two-factor, and should, to where it is set up; nothing else is there for them.

    Costs a query for each session that has it, and one or two for each request of those who have not.
    """

    def __init__(self, get_response: Any) -> None:
        if settings.REQUIRE_TWO_FACTOR == "nobody":
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name in FIRST or not request.user.is_authenticated:
            return None
        if is_set_up(request, request.user) or not is_required_of(request.user):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": reverse(SET_UP)})
        return redirect(SET_UP)


def is_set_up(request: HttpRequest, person: Person) -> bool:
    if request.session.get(SEEN) == person.pk:
        return True
    if found := has_two_factor(person):
        request.session[SEEN] = person.pk
    return found


def has_two_factor(person: Person) -> bool:
    """Recovery codes alone are none."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP]))
