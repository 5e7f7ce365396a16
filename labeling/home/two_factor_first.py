"""Two-factor comes before anything else for whom it is required of."""

from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from labeling.home.away import AWAY, back_in_a_moment
from labeling.projects.two_factor import is_required_of, is_set_up

SET_UP = "mfa_activate_totp"
FIRST = {  # what they reach before they have set it up
    *(SET_UP, "account_reauthenticate", "account_logout", "account_set_password"),
    *("session", "sign_in_link", "healthz", "turn_stream", "trial_stream"),
}


class TwoFactorFirst(MiddlewareMixin):
    """Leads whoever has no two-factor, and should, to where it is set up; nothing else is there for them.

    Costs a query for each session that has it, and one or two for each request of those who have not.
    """

    def __init__(self, get_response: Any) -> None:
        if settings.REQUIRE_TWO_FACTOR == "nobody":
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.resolver_match is None or request.resolver_match.view_name in FIRST:
            return None
        try:
            person = request.user
            if not person.is_authenticated or is_set_up(request, person) or not is_required_of(person):
                return None
        except AWAY as error:  # Django asks nobody else about what is raised here
            return back_in_a_moment(error)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": reverse(SET_UP)})
        return redirect(SET_UP)
