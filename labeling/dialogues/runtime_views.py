"""The machinery behind the responses, for managers to look at and for monitors to read."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.dialogues.exposition import CONTENT_TYPE, exposition
from labeling.dialogues.runtime import overview
from labeling.projects.access import PersonRequest, manager_required


@require_safe
@never_cache
@manager_required
def runtime(request: PersonRequest) -> HttpResponse:
    """The page asks for its inner part again, for as long as it is looked at."""
    part = "#now" if request.headers.get("HX-Request") else ""
    return render(request, f"dialogues/runtime.html{part}", {"now": overview()})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever shows the token; else for managers, as the page is."""
    shown = request.headers.get("Authorization")
    if shown is None:
        return metrics_for_managers(request)
    token = settings.METRICS_TOKEN
    if token and constant_time_compare(shown, f"Bearer {token}"):
        return told()
    return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})


@manager_required
def metrics_for_managers(request: PersonRequest) -> HttpResponse:
    return told()


def told() -> HttpResponse:
    return HttpResponse(exposition(overview()), content_type=CONTENT_TYPE)
