"""What the annotator model says of people: for who manages or reviews a project."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.projects.access import PersonRequest, reviewed_project, sign_in_required
from labeling.quality import bearing
from labeling.quality.views import about
from labeling.tables.listing import download

DRAWN = 60  # people; a chart of more is none


@require_safe
@never_cache
@sign_in_required
def quality_model(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = reviewed_project(request, slug)
    context = about(request, project)
    lines = bearing.lines(project, context["axis"])
    if request.GET.get("as") == "csv":
        return download(f"{project.slug}-{context['axis']}-annotator-model.csv", bearing.file(lines))
    context |= {"lines": lines, "figures": bearing.FIGURES.items(), "is_drawn": 1 < len(lines) <= DRAWN}
    return render(request, "quality/model.html", context)
