"""Whom this installation requires two-factor of, and who has it."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.access import may_manage

SEEN = "two_factor_seen"  # in the session: whose two-factor was found to be set up


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


def is_set_up(request: HttpRequest, person: Person) -> bool:
    if request.session.get(SEEN) == person.pk:
        return True
    if found := has_two_factor(person):
        request.session[SEEN] = person.pk
    return found


def has_two_factor(person: Person) -> bool:
    """Recovery codes alone are none."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP]))
