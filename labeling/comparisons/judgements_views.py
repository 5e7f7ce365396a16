"""What was judged in a round, to be read. Which model wrote what is said only to a manager who asks for it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.comparisons.judgements import Reading, Wanted, current, page, people_of
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.typed import whole


@require_GET
@never_cache
@manager_required
def judgements(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    rounds = managed_project(request, slug).rounds.select_related("project")
    round_ = get_object_or_404(rounds, number=number)
    people = people_of(round_)
    wanted = Wanted.of(request.GET, round_, people)
    found = wanted.among(current(round_))
    before = whole(request.GET.get("before", ""))
    rows, older = page(found, before)
    context = {
        **{"project": round_.project, "round": round_, "people": people, "wanted": wanted},
        **{"count": found.count(), "readings": [Reading.of(row) for row in rows], "before": before, "older": older},
        "shows_models": "models" in request.GET,
    }
    return render(request, "comparisons/judgements.html", context)
