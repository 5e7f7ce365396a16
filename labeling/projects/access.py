"""Who may reach a page. Every view of the project wears one of these."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.middleware import HtmxDetails

from labeling.cohorts.models import Person
from labeling.projects.models import Project

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: Person


def sign_in_required(
    view: Callable[Concatenate[PersonRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """Send a stranger to the sign-in page and back here; htmx is told to take the whole page along."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        if request.user.is_authenticated:
            return view(cast(PersonRequest, request), *args, **kwargs)
        htmx = HtmxDetails(request)
        if htmx:
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = sign_in_url(htmx.current_url_abs_path)
            return answer
        return redirect(sign_in_url(request.get_full_path() if request.method == "GET" else None))

    return guarded


def sign_in_url(back_to: str | None) -> str:
    """The sign-in page, and the page of ours to come back to."""
    return f"{reverse('account_login')}?{urlencode({'next': back_to or reverse('home')})}"


def project_for(request: PersonRequest, slug: str) -> Project:
    """The project, if a cohort of this person is enrolled in it; else 404, as if it did not exist."""
    return get_object_or_404(Project.objects.open_to(request.user), slug=slug)
