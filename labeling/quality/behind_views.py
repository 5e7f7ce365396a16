"""The page of the judgements behind a figure, with what is known of each."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.comparisons.judgements import PAGE, Reading, current
from labeling.projects.access import PersonRequest, called, reviewed_project, sign_in_required
from labeling.projects.typed import whole
from labeling.quality.behind import FIGURES, Asked, One
from labeling.quality.models import GoldAnswer, Review
from labeling.quality.views import about


@dataclass(frozen=True)
class Shown:
    """One judgement: `told` is how it counts for the figure, `url` leads to what that was measured by, as `link` calls
    it, and `review` is what stands of it."""

    reading: Reading
    told: Promise | str
    url: str
    link: Promise | str
    review: Review | None


@require_safe
@never_cache
@sign_in_required
def behind(request: PersonRequest, slug: str, figure: str) -> HttpResponse:
    project = reviewed_project(request, slug)
    context = about(request, project)
    if figure not in FIGURES:
        raise Http404
    asked = Asked.of(figure, request.GET, project, context["axis"])
    before = whole(request.GET.get("before", ""))
    every, further = asked.found(before)
    wanted = [one for one in every if asked.hit in (None, one.hit)]
    rest = [one for one in wanted if before is None or one.judgement < before]
    older = rest[PAGE - 1].judgement if len(rest) > PAGE else further
    context |= {
        **{"asked": asked, "count": len(wanted), "more": further is not None, "before": before, "older": older},
        **{"shown": shown(asked, rest[:PAGE]), "parts": parts(asked, every)},
        "called": called(asked.person, request.user) if asked.person else "",
    }
    return render(request, "quality/behind.html", context)


def parts(asked: Asked, every: list[One]) -> list[tuple[Any, int, str, bool]]:
    """What one may choose among: in words, how many, the address, and whether that is what one sees."""
    hits = sum(one.hit for one in every)
    counts = {None: len(every), True: hits, False: len(every) - hits}
    words = {None: _("all"), True: asked.word(True), False: asked.word(False)}
    return [(words[hit], n, asked.only(hit).address, asked.hit == hit) for hit, n in counts.items() if words[hit]]


def shown(asked: Asked, those: list[One]) -> list[Shown]:
    keys = [one.judgement for one in those]
    rows = current(asked.project, None).in_bulk(keys)
    reviews = {one.judgement_id: one for one in Review.objects.standing().filter(judgement__in=keys)}
    known = GoldAnswer.objects.standing().filter(axis=asked.axis, comparison__in=[one.comparison for one in those])
    answers = dict(known.values_list("comparison", "pk")) if asked.figure == "gold" else {}
    return [
        Shown(
            Reading.of(rows[one.judgement]),
            asked.word(one.hit),
            *measure(asked, one, answers),
            reviews.get(one.judgement),
        )
        for one in those
        if one.judgement in rows
    ]


def measure(asked: Asked, one: One, answers: dict[UUID, int]) -> tuple[str, Promise | str]:
    """The known answer, or what others or they themselves said of the pair."""
    slug = asked.project.slug
    pair: dict[str, Any] = {"axis": asked.axis, "pair": one.comparison}
    if asked.figure == "gold" and one.comparison in answers:
        return reverse("gold_answer", args=[slug, answers[one.comparison]]), _("What is expected, and why")
    if asked.figure == "majority":
        return f"{reverse('judgements', args=[slug])}?{urlencode(pair)}", _("What everybody said of it")
    if asked.figure == "repeats" and asked.person:
        pair["person"] = asked.person.pk
        return f"{reverse('judgements', args=[slug])}?{urlencode(pair)}", _("Both times")
    return "", ""
