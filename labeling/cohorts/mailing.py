"""What is there only where the installation can send mail."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest

P = ParamSpec("P")


def sends_mail() -> bool:
    return bool(settings.SENDS_MAIL)


def with_mail(view: Callable[Concatenate[HttpRequest, P], Any]) -> Callable[Concatenate[HttpRequest, P], Any]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> Any:
        if not sends_mail():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
