"""How far the judgements of a project can be trusted: for who manages or reviews it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labeling.cohorts.models import Person
from labeling.comparisons.stranded import FEW, Stranded
from labeling.projects.access import PersonRequest, called, reviewed_project, sees_names, sign_in_required
from labeling.projects.models import Axis, Project
from labeling.projects.typed import whole
from labeling.quality import bearing, habits, matrix, showing, sureness
from labeling.quality.behind import SAID
from labeling.quality.models import Breakdown, Computation, Counts
from labeling.quality.people_tables import PeopleFilter, PeopleTable, with_shares
from labeling.tables import Listing
from labeling.tables.listing import download

BROKEN_DOWN = (Breakdown.GUIDELINE, Breakdown.COHORT, Breakdown.LANGUAGE)
SHOWN = 60  # people of a page, those of whom something stands out first
PAGES = ("quality", "quality_people", "quality_pairs", "quality_model", "gold")


def axis_of(request: PersonRequest, project: Project) -> Axis:
    """As the address says it; the first one otherwise."""
    axes = project.axes_in_order()
    asked = request.GET.get("axis", "")
    return Axis(asked) if asked in axes else axes[0]


def about(request: PersonRequest, project: Project) -> dict[str, Any]:
    """What every page of the slice shows."""
    return {"project": project, "axis": axis_of(request, project), "computation": Computation.objects.shown(project)}


@dataclass(frozen=True)
class Part:
    """Some of many rows, in an order in which one looks at the first of them. Places are counted from 0; `before` and
    `after` are where other parts begin."""

    rows: Sequence[Any]
    first: int
    total: int

    @classmethod
    def of(cls, request: PersonRequest, rows: Sequence[Any]) -> Self:
        asked = whole(request.GET.get("from", "")) or 0
        first = asked if asked < len(rows) else 0
        return cls(rows[first : first + SHOWN], first, len(rows))

    @property
    def last(self) -> int:
        return self.first + len(self.rows)

    @property
    def before(self) -> int | None:
        return max(self.first - SHOWN, 0) if self.first else None

    @property
    def after(self) -> int | None:
        return self.last if self.last < self.total else None


@require_safe
@never_cache
@sign_in_required
def quality(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = reviewed_project(request, slug)
    context = about(request, project)
    lines = showing.lines(project, context["axis"])
    rounds = showing.rounds(project, context["axis"])
    if request.GET.get("as") == "csv":
        return file(request, project, context["axis"], lines, rounds)
    context |= {
        **{
            "figures": [(name, showing.FIGURES[name]) for name in showing.SHOWN],
            "degrees": showing.DEGREES.values(),
            "rounds": rounds,
        },
        "stranded": lambda: Stranded.of(project, FEW),
        "by_round": [*lines[Breakdown.ROUND], *lines[Breakdown.ALL]],
        "broken_down": [(by, lines[by]) for by in BROKEN_DOWN if len(lines[by]) > 1],
    }
    return render(request, "quality/quality.html", context)


def file(
    request: PersonRequest,
    project: Project,
    axis: Axis,
    lines: dict[Breakdown, list[showing.Line]],
    rounds: list[showing.RoundCounts],
) -> HttpResponseBase:
    """Of the table that the address names."""
    table = request.GET.get("table", "")
    if table == "rounds":
        return download(f"{project.slug}-{axis}-rounds.csv", showing.rounds_file(rounds))
    by = Breakdown(table) if table in Breakdown else Breakdown.ROUND
    chosen = [*lines[by], *(lines[Breakdown.ALL] if by == Breakdown.ROUND else [])]
    return download(f"{project.slug}-{axis}-agreement-by-{by}.csv", showing.agreement_file(chosen))


@require_safe
@never_cache
@sign_in_required
def people(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = reviewed_project(request, slug)
    context = about(request, project)
    rows = with_shares(habits.of_project(project, context["axis"]))
    terms = {"dress": habits.dressed(request.user), "viewer": request.user}
    return Listing.of(request, PeopleTable, PeopleFilter, rows, **terms).answer(request, "quality/people.html", context)


@require_safe
@never_cache
@sign_in_required
def person(request: PersonRequest, slug: str, pk: int) -> HttpResponseBase:
    """Whoever has judged in the project, be it on this axis or on the other one."""
    project = reviewed_project(request, slug)
    context = about(request, project)
    judged = Person.objects.filter(pk__in=Counts.objects.filter(project=project).values("person"))
    context["called"] = called(get_object_or_404(judged, pk=pk), request.user)
    known = habits.known(project, context["axis"], pk, request.user)
    if known is None:
        return render(request, "quality/person.html", context)
    rounds = habits.history(project, context["axis"], known)
    if request.GET.get("as") == "csv":
        return download(f"{project.slug}-{context['axis']}-{known.person.pseudonym}.csv", habits.history_file(rounds))
    others = vars(habits.together(project, context["axis"]) - known.habits)
    compared = [(*share, others[share[0]], share[2].of - share[2].hits, SAID[share[0]][1]) for share in known.shares]
    context |= {"known": known, "rounds": rounds, "labels": habits.SHARES.items(), "compared": compared}
    return render(request, "quality/person.html", context)


@require_safe
@never_cache
@sign_in_required
def pairs(request: PersonRequest, slug: str) -> HttpResponseBase:
    project = reviewed_project(request, slug)
    context = about(request, project)
    kept = matrix.kept(project, context["axis"])
    if request.GET.get("as") == "csv":
        return download(f"{project.slug}-{context['axis']}-pairs.csv", matrix.file(kept))
    names = sees_names(request.user)
    context |= {"matrix": matrix.Matrix.of(kept), "least": matrix.least(kept), "names": names}
    return render(request, "quality/pairs.html", context)


@require_safe
@never_cache
@sign_in_required
def model(request: PersonRequest, slug: str) -> HttpResponseBase:
    """What the annotator model says of people."""
    project = reviewed_project(request, slug)
    context = about(request, project)
    lines, sure = bearing.lines(project, context["axis"], request.user), sureness.Shown.of(project, context["axis"])
    if request.GET.get("as") == "csv":
        name = f"{project.slug}-{context['axis']}-annotator-model"
        if request.GET.get("table") == "sureness":
            return download(f"{name}-sureness.csv", sureness.file(sure.lines if sure else []))
        return download(f"{name}.csv", bearing.file(lines))
    context |= {"part": Part.of(request, lines), "figures": bearing.FIGURES.items(), "sure": sure}
    return render(request, "quality/model.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def compute(request: PersonRequest, slug: str) -> HttpResponse:
    """How far it has come, for htmx, which asks until the page is to be made anew; a POST asks for new figures, and
    comes back to the page that it was asked on."""
    context = about(request, project := reviewed_project(request, slug))
    if request.method == "POST" or not request.headers.get("HX-Request"):
        page = request.POST.get("page", "")
        if request.method == "POST":
            Computation.objects.of(project).ask()
        return redirect(f"{reverse(page if page in PAGES else 'quality', args=[slug])}?axis={context['axis']}")
    answer = render(request, "quality/computing.html", context)
    if not context["computation"].is_waited_for:
        answer["HX-Refresh"] = "true"
    return answer
