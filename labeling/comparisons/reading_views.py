"""How a person reads pairs: theirs wherever they sign in."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from labeling.cohorts.models import Person
from labeling.projects.access import PersonRequest, sign_in_required


@require_POST
@sign_in_required
def keep_view(request: PersonRequest) -> HttpResponse:
    layout, scrolling = (request.POST.get(name) for name in ("layout", "scrolling"))
    if layout not in Person.Layout.values or scrolling not in Person.Scrolling.values:
        raise BadRequest("no such view")
    request.user.layout, request.user.scrolling = layout, scrolling
    request.user.save(update_fields=["layout", "scrolling"])
    return HttpResponse(status=204)
