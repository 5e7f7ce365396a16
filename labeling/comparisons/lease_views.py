"""Leases of pairs that other people began."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from labeling.comparisons import leases
from labeling.comparisons.models import Assignment
from labeling.projects.access import PersonRequest, sign_in_required


@require_POST
@sign_in_required
def renew(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Nothing is said of a lease that is over: an answer is taken whenever it comes."""
    leases.renew(get_object_or_404(Assignment.objects.of(request.user), pk=pk))
    return HttpResponse(status=204)
