"""The items of a draft, changed one by one: by a form, with what a candidate will see beside it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exams import files
from labeling.exams.drafts import Said
from labeling.exams.item_forms import FORMS, ItemForm
from labeling.exams.models import Exam
from labeling.exams.showing import practised
from labeling.exams.views.drafting import back, draft, saved, seen, shift
from labeling.projects.access import PersonRequest, manager_required


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def edit(request: PersonRequest, pk: int, number: int, place: int) -> HttpResponse:
    """The item at this place of a part, from 1 on; 0 is a new one, of the kind that is asked for."""
    exam, said, items = of_part(pk, number)
    if place > len(items):
        raise Http404
    before = items[place - 1] if place else {}
    kind = before.get("kind") or request.GET.get("kind", "")
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST if request.method == "POST" else None, said=before)
    if form.is_valid() and "preview" not in request.POST:
        at = place - 1 if place else len(items)
        items[at : at + 1] = [form.said()]
        if saved(request, exam, said, form):
            messages.success(request, _("The item is saved."))
            return back(pk, number)
    context = {"exam": exam, "form": form, "place": place, "number": number, "part": said["part"][number - 1]}
    context |= {"seen": seen(request, exam), "shown": preview(form)}
    wrong = request.method == "POST" and bool(form.errors)
    return render(request, "exams/item_edit.html", context, status=422 if wrong else 200)


def of_part(pk: int, number: int) -> tuple[Exam, Said, list[Said]]:
    """A draft, what its text says, and the items of one of its parts."""
    exam, said = draft(pk)
    if not 1 <= number <= len(said["part"]):
        raise Http404
    return exam, said, said["part"][number - 1]["item"]


def preview(form: ItemForm) -> list[Any]:
    """As a candidate sees it, with a right answer chosen; nothing while the form lacks something."""
    said = form.said() if form.is_bound and not form.errors else form.before
    if not said:
        return []
    item, wrong = files.item(said)
    answer = {"value": item.accepted[0]} if item.accepted else {"text": " "}
    return [] if wrong else practised([item], {item.pk: answer})


@require_POST
@never_cache
@manager_required
def move(request: PersonRequest, pk: int, number: int, place: int) -> HttpResponse:
    """Up, down, or out."""
    exam, said, items = of_part(pk, number)
    if not 1 <= place <= len(items):
        raise Http404
    removed = shift(request, exam, said, items, place)
    return back(pk, number, "removed" if removed else "")
