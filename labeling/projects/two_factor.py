"""Whom this installation requires two-factor of, and who has it."""

import logging

from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person, digest
from labeling.cohorts.sealing import SealedElsewhere, seal, unseal
from labeling.projects.access import may_manage

logger = logging.getLogger(__name__)
SEEN = "two_factor_seen"  # in the session: whose two-factor was found to be set up


def is_required_of(person: Person) -> bool:
    if settings.REQUIRE_TWO_FACTOR == "managers":
        return may_manage(person)
    return bool(settings.REQUIRE_TWO_FACTOR == "everyone")


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is not right, or its time is over. Enter the one that is shown now."),
        "cannot_delete_authenticator": _("It is required of you here, so it cannot be taken down."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Where SECRET_KEY was lost, no code fits any more, until two-factor is taken down for these people."""
        try:
            return unseal(encrypted_text)
        except SealedElsewhere:
            logger.error("Two-factor was set up under another SECRET_KEY: no code can be checked.")
            return generate_totp_secret()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_of(authenticator.user)


class Once(forms.BaseAuthenticateForm):
    """A code signs in once, for as long as it would: django-allauth remembers it for 30 seconds, one step of three."""

    def clean_code(self) -> str:
        code = super().clean_code()
        steps = 2 * app_settings.TOTP_TOLERANCE + 1
        seconds = app_settings.TOTP_PERIOD * steps
        if not cache.add(f"two_factor_code:{self.user.pk}:{digest(code)}", "used", timeout=seconds):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(Once, forms.AuthenticateForm):
    pass


class CodeAgainForm(Once, forms.ReauthenticateForm):
    pass


class SetUpForm(ActivateTOTPForm):
    @property
    def is_required(self) -> bool:
        return is_required_of(self.user)

    @property
    def spelled(self) -> str:
        """The secret, to be typed where nothing can be scanned."""
        return " ".join(self.secret[place : place + 4] for place in range(0, len(self.secret), 4))


def is_set_up(request: HttpRequest, person: Person) -> bool:
    if request.session.get(SEEN) == person.pk:
        return True
    if found := has_two_factor(person):
        request.session[SEEN] = person.pk
    return found


def has_two_factor(person: Person) -> bool:
    """Recovery codes alone are none."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP]))
