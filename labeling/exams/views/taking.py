"""Taking an exam: what there is to take, one attempt with its parts, and what came of it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from labeling.exams import standing, wording
from labeling.exams.forms import AnswerForm
from labeling.exams.models import Attempt, Exam, Grade, Item, MustAgree, Sitting, TimeOver
from labeling.exams.showing import of_sitting, practised
from labeling.projects.access import PersonRequest, sign_in_required


@require_safe
@never_cache
@sign_in_required
def index(request: PersonRequest) -> HttpResponse:
    return render(request, "exams/tests.html", {"standings": standing.all_of(request.user)})


@require_safe
@never_cache
@sign_in_required
def show(request: PersonRequest, pk: int) -> HttpResponse:
    """What the exam asks, how it goes, and how one stands with it."""
    exam = seen(request, pk)
    parts = list(exam.parts.all())
    context = {
        "standing": standing.standing(request.user, exam),
        "exam": exam,
        "parts": [(part, part.counted().count(), wording.needed(part)) for part in parts],
        "minutes": sum(part.minutes or 0 for part in parts),
        "has_practice": Item.objects.filter(part__exam=exam, practice=True).exists(),
    }
    return render(request, "exams/test.html", context)


@require_POST
@sign_in_required
def begin(request: PersonRequest, pk: int) -> HttpResponse:
    exam = seen(request, pk)
    try:
        attempt = standing.begin(request.user, exam)
    except standing.NotNow:
        return redirect("test", exam.pk)
    except MustAgree:
        return agree_first(reverse("test", args=[exam.pk]))
    return redirect("attempt", attempt.pk)


def agree_first(back_to: str) -> HttpResponse:
    return redirect(f"{reverse('consent')}?{urlencode({'next': back_to})}")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def practice(request: PersonRequest, pk: int) -> HttpResponse:
    """Nothing of it is kept: one may practise as often as one likes, and what is right is said at once."""
    exam = seen(request, pk)
    items = list(Item.objects.filter(part__exam=exam, practice=True).order_by("part__number", "number"))
    forms = [(item, AnswerForm(item, request.POST)) for item in items] if request.method == "POST" else []
    answers = {item.pk: form.said for item, form in forms if form.is_valid()}
    context = {"exam": exam, "items": practised(items, answers), "answered": bool(answers)}
    return render(request, "exams/practice.html", context)


@require_safe
@never_cache
@sign_in_required
def attempt(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The part that is being taken, the one that comes next, or the result. A reload goes on where one was."""
    taken = own(request, pk)
    taken.settle()
    taken.refresh_from_db(fields=["state", "finished_at"])
    if sitting := taken.sitting():
        return sit(request, taken, sitting)
    remarks = Grade.objects.filter(answer__attempt=taken).exclude(remark="").select_related("answer__item")
    coming = taken.next_part() if taken.state == Attempt.State.OPEN else None
    context = {
        "attempt": taken,
        "exam": taken.exam,
        "next": coming,
        "count": coming.counted().count() if coming else 0,
        "needed": wording.needed(coming) if coming else "",
        "done": [(one, wording.needed(one.part), wording.reached(one)) for one in parts_of(taken)],
        "remarks": remarks if taken.state in (Attempt.State.PASSED, Attempt.State.FAILED) else [],
        "standing": standing.standing(request.user, taken.exam),
    }
    return render(request, "exams/attempt.html", context)


def parts_of(taken: Attempt) -> list[Sitting]:
    return list(taken.sittings.select_related("part__exam").order_by("part__number"))


def sit(request: PersonRequest, taken: Attempt, sitting: Sitting) -> HttpResponse:
    items = of_sitting(sitting)
    context = {
        **{"attempt": taken, "exam": taken.exam, "sitting": sitting, "part": sitting.part, "items": items},
        **{"parts": taken.exam.parts.count(), "answered": sum(item.answered for item in items)},
    }
    return render(request, "exams/sitting.html", context)


@require_POST
@sign_in_required
def begin_part(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Its time runs from here."""
    taken = own(request, pk)
    taken.settle()
    try:
        taken.begin_part()
    except MustAgree:
        return agree_first(reverse("attempt", args=[pk]))
    return redirect("attempt", pk)


@require_POST
@sign_in_required
def answer(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Save one. What comes too late leads to where the attempt is now."""
    taken = own(request, pk)
    asked = get_object_or_404(Item, pk=item, part__exam=taken.exam_id, practice=False)
    sitting = taken.sittings.filter(part=asked.part_id).first()
    form = AnswerForm(asked, request.POST, taken.order(asked))
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        if sitting is None:
            raise TimeOver
        sitting.save_answer(asked, **form.said)
    except TimeOver:
        return lead(request, taken)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('attempt', args=[pk])}#item-{item}")
    saved = HttpResponse(status=204)
    if sitting.seconds_left is not None:
        saved["Tandem-Left"] = str(sitting.seconds_left)
    return saved


@require_POST
@sign_in_required
def finish(request: PersonRequest, pk: UUID, number: int) -> HttpResponse:
    """Hand in this part; a page that was left open elsewhere never hands in the next one."""
    taken = own(request, pk)
    for sitting in taken.sittings.filter(part__number=number):
        sitting.finish()
    return lead(request, taken)


def lead(request: PersonRequest, taken: Attempt) -> HttpResponse:
    address = reverse("attempt", args=[taken.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def seen(request: PersonRequest, pk: int) -> Exam:
    exams = Exam.objects.seen_by(request.user).select_related("qualification", "after")
    return get_object_or_404(exams, pk=pk)


def own(request: PersonRequest, pk: UUID) -> Attempt:
    return get_object_or_404(Attempt.objects.of(request.user).select_related("exam__qualification"), pk=pk)
