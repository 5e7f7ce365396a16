"""Getting in with a one-time link, and who is in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from labeling.cohorts.accounts import LINK, let_in
from labeling.cohorts.models import SignInLink


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("token")
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link shows a button, so that a mail scanner's visit does not use it up; pressing it signs in."""
    link = SignInLink.objects.find(token)
    if request.method == "POST" and link and link.use():
        return let_in(request, link.person, method=LINK)
    state = link.state if link else "unknown"
    status = 200 if state == "valid" else 410
    return render(request, "cohorts/sign_in.html", {"link": link, "state": state}, status=status)


@require_safe
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Whose session this is, and the token of its forms: a page asks that was left without one. No other site can."""
    person = str(request.user.pk) if request.user.is_authenticated else ""
    return JsonResponse({"person": person, "token": get_token(request)})
