"""The numbers of a round, by themselves and inside its page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.comparisons.progress import lately
from labeling.projects.access import PersonRequest, managed_project, manager_required


@require_safe
@never_cache
@manager_required
def round_progress(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """The numbers alone for htmx, which asks again while the page is looked at; a page of their own otherwise."""
    rounds = managed_project(request, slug).rounds.select_related("project")
    round_ = get_object_or_404(rounds, number=number)
    template = "comparisons/progress.html"
    if request.headers.get("HX-Request"):
        template += "#progress"
    context = {"project": round_.project, "round": round_, "progress": lately(round_)}
    return render(request, template, context)
