"""Signing in with the OpenID Connect provider of the installation.

It says who somebody is; whether they may come in is said here: by the address that they were let in with. Where the
account with that address has a password, whoever set it may be somebody else: it is tied to them once they have shown,
by the password or a link, that it is theirs.
"""

import logging
import time
from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.urls.converters import StringConverter
from django.utils.translation import gettext as _
from requests import RequestException

from labeling.cohorts.confirmed import confirm
from labeling.cohorts.models import Person

logger = logging.getLogger(__name__)
TO_TIE = "oidc_to_tie"  # in the session: whom the provider named, until they have shown who they are
MINUTES = 15  # for that


def provider_name() -> str:
    """Empty where there is none."""
    configured = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect")
    return str(configured["APPS"][0]["name"]) if configured else ""


class TheProvider(StringConverter):
    """Takes no room in an address: it is the one provider of the installation. Without one, there is no such page."""

    regex = ""

    def to_python(self, value: str) -> str:
        if not provider_name():
            raise ValueError
        return str(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["provider_id"])

    def to_url(self, value: str) -> str:
        return ""


class Adapter(DefaultSocialAccountAdapter):
    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[Person, str] | None:
        """Whom the provider's word lets in the first time."""
        for address in vouched_for(sociallogin):
            if person := Person.objects.filter(email__iexact=address).first():
                return person, address
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Nobody joins uninvited, and nobody ties a second identity to an account that is open on a screen."""
        person = sociallogin.user
        known = person is not None and person.pk is not None and person.is_active
        if not known or sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(failed(request, "unknown", 403))
        if sociallogin.account.pk is None and person.has_usable_password():
            raise ImmediateHttpResponse(ask_who_it_is(request, sociallogin))
        if person.email in map(str.lower, vouched_for(sociallogin)):
            confirm(person)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: str | None = None, exception: Any = None, **more: Any
    ) -> None:
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(failed(request, "cancelled", 403))
        logger.warning("Signing in with %s failed: %s", provider.name, exception or error)
        raise ImmediateHttpResponse(failed(request, "broken", 502))


def vouched_for(sociallogin: SocialLogin) -> list[str]:
    """Addresses of which the provider knows that they are theirs. Some say so in letters, and "false" is no yes."""
    return [one.email for one in sociallogin.email_addresses if str(one.verified).lower() == "true"]


def ask_who_it_is(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """The sign-in page, with the reason for it."""
    account, person = sociallogin.account, cast(Person, sociallogin.user)
    named = {"provider": account.provider, "uid": account.uid, "extra_data": account.extra_data}
    request.session[TO_TIE] = {"person": person.pk, "account": named, "until": time.time() + MINUTES * 60}
    said = _(
        "There is an account with your address, and it has a password. Sign in with your password once, to show that "
        "it is yours. After that, %(provider)s signs you in, too."
    )
    messages.info(request, said % {"provider": provider_name()})
    return redirect_to_login(sociallogin.get_redirect_url(request) or reverse("home"), reverse("account_login"))


def tie(request: HttpRequest, person: Person) -> None:
    """To whom has just signed in, where the provider has named them in this browser before."""
    kept = request.session.pop(TO_TIE, None)
    if kept and kept["person"] == person.pk and kept["until"] > time.time() and provider_name():
        SocialLogin(account=SocialAccount(**kept["account"])).connect(request, person)
        said = _("From now on you can sign in with %(provider)s, too.")
        messages.success(request, said % {"provider": provider_name()})


def failed(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "cohorts/oidc_failed.html", {"why": why, "provider": provider_name()}, status=status)


def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return cast(HttpResponse, views.login(request, provider_id))
    except RequestException as error:
        logger.warning("Signing in with %s failed: %s", provider_name(), error)
        return failed(request, "broken", 502)


def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    return cast(HttpResponse, views.callback(request, provider_id))
