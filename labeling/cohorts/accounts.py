"""How django-allauth behaves here."""

import logging
import time
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from labeling.cohorts import confirmed, oidc
from labeling.cohorts.limits import minutes_left
from labeling.cohorts.models import Person
from labeling.cohorts.tasks import send_mail

logger = logging.getLogger(__name__)
OFTEN = "too_many_login_attempts"
LINK = "link"


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

    def get_reset_password_from_key_url(self, key: str) -> str:
        """No mail leads to where the request says it came from."""
        person, _dash, rest = key.partition("-")
        return str(settings.BASE_URL) + reverse("account_reset_password_from_key", args=[person, rest])

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """Why there is none is said by mail, too: the page says the same of all addresses."""
        may = confirmed.may_reset(user)
        self.send_mail("account/email/password_reset_key" if may else "cohorts/mail/no_reset", user.email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """By the queue, so that no page waits for a mail server, or by its time tells that there was a mail to send."""
        message = self.render_mail(template_prefix, email, {"email": email, **context})
        mail = {"subject": message.subject, "body": message.body, "from_email": message.from_email, "to": message.to}
        try:
            send_mail.delay(mail)
        except OperationalError as error:
            logger.warning("The queue is away, so a page waits for the mail server: %s", error)
            send_mail(mail)

    def login(self, request: HttpRequest, user: Person) -> None:
        super().login(request, user)
        oidc.tie(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes need not do it again to change how they sign in."""
        return not lately(self.request, self.request.user)

    def respond_user_inactive(self, request: HttpRequest, user: Person) -> HttpResponse:
        """They know the password, so they may know why it does not let them in."""
        return render(request, "account/account_inactive.html", status=403)

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


def lately(request: HttpRequest, person: Person) -> list[dict[str, Any]]:
    """How they showed within the last minutes who they are."""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return [record for record in get_authentication_records(request, person) if record["at"] > since]


def came_by_link(request: HttpRequest, person: Person) -> bool:
    return any(record["method"] == LINK for record in lately(request, person))


def let_in(request: HttpRequest, person: Person, method: str) -> HttpResponse:
    """They have shown who they are, by a link for instance; the answer leads on, or asks for their second factor."""
    if request.user.is_authenticated and request.user != person:
        logout(request)
    record_authentication(request, person, method=method)
    return cast(HttpResponse, perform_login(request, Login(user=person, email=person.email)))
