"""What was judged, to be read. Which model wrote what is said only to who asks for it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.comparisons.judgements import Reading, counted, current, page, people_of
from labeling.comparisons.wanted import Wanted
from labeling.postgresql.plans import by_its_values
from labeling.projects.access import PersonRequest, reviewed_project, sign_in_required
from labeling.projects.typed import whole


@require_safe
@never_cache
@sign_in_required
def judgements(request: PersonRequest, slug: str, number: int | None = None) -> HttpResponse:
    """Of one round, or of all."""
    project = reviewed_project(request, slug)
    round_ = get_object_or_404(project.rounds, number=number) if number is not None else None
    people = people_of(project, round_)
    wanted = Wanted.of(request.GET, project, people)
    found = wanted.among(current(project, round_))
    before = whole(request.GET.get("before", ""))
    with by_its_values():
        rows, older = page(found, before)
        count, more = counted(found)
    context = {
        **{"project": project, "round": round_, "people": people, "wanted": wanted},
        "narrowed": [narrowed(request, name, words) for name, words in wanted.narrowed()],
        **{"count": count, "more": more, "readings": [Reading.of(row) for row in rows]},
        **{"before": before, "older": older, "shows_models": "models" in request.GET},
    }
    return render(request, "comparisons/judgements.html", context)


def narrowed(request: PersonRequest, name: str, words: str) -> dict[str, str]:
    """What a link has asked for, and the address without it."""
    rest = request.GET.copy()
    [value] = rest.pop(name)[-1:]
    rest.pop("before", None)
    return {"name": name, "value": value, "words": words, "without": f"?{rest.urlencode()}"}
