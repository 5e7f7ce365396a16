"""The items of a draft, changed one by one: by a form, with what a candidate will see beside it.

A draft is its text; each change is made in what the text says and written anew, by the same rules as a text that a
manager types. `seen` is which text somebody was looking at: an item is named by its place, which others may move.
"""

import hashlib
import tomllib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exams import files
from labeling.exams.item_forms import FORMS, ItemForm
from labeling.exams.models import Exam
from labeling.exams.showing import practised
from labeling.exams.toml import dump
from labeling.projects.access import PersonRequest, manager_required


def mark(exam: Exam) -> str:
    """Of the text as it is."""
    return hashlib.sha256(exam.source.encode()).hexdigest()[:16]


def draft(pk: int, number: int) -> tuple[Exam, dict[str, Any], list[dict[str, Any]]]:
    """The exam, what its text says, and the items of one of its parts."""
    exam = get_object_or_404(Exam, pk=pk, published_at=None)
    said = tomllib.loads(exam.source)
    if not 1 <= number <= len(said.get("part", [])):
        raise Http404
    return exam, said, said["part"][number - 1]["item"]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def edit(request: PersonRequest, pk: int, number: int, place: int) -> HttpResponse:
    """The item at this place of a part, from 1 on; 0 is a new one, of the kind that is asked for."""
    exam, said, items = draft(pk, number)
    if place > len(items):
        raise Http404
    before = items[place - 1] if place else {}
    kind = before.get("kind") or request.GET.get("kind", "")
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST if request.method == "POST" else None, said=before)
    if form.is_valid() and "preview" not in request.POST and save(request, exam, said, items, place, form):
        messages.success(request, _("The item is saved."))
        return back(pk, number)
    context = {"exam": exam, "form": form, "place": place, "number": number, "part": said["part"][number - 1]}
    context |= {"seen": request.POST.get("seen") or mark(exam), "shown": preview(form)}
    wrong = request.method == "POST" and bool(form.errors)
    return render(request, "exams/item_edit.html", context, status=422 if wrong else 200)


def preview(form: ItemForm) -> list[Any]:
    """As a candidate sees it, with a right answer chosen; nothing while the form lacks something."""
    said = form.said() if form.is_bound and not form.errors else form.before
    if not said:
        return []
    item, wrong = files.item(said)
    answer = {"value": item.accepted[0]} if item.accepted else {"text": " "}
    return [] if wrong else practised([item], {item.pk: answer})


def save(
    request: PersonRequest, exam: Exam, said: dict[str, Any], items: list[dict[str, Any]], place: int, form: ItemForm
) -> bool:
    if place:
        items[place - 1] = form.said()
    else:
        items.append(form.said())
    problem = written(request, exam, said)
    if problem:
        form.add_error(None, problem)
    return not problem


def written(request: PersonRequest, exam: Exam, said: dict[str, Any]) -> str:
    """What is wrong, or nothing when it is saved."""
    if request.POST.get("seen") != mark(exam):
        return _("Somebody changed this draft meanwhile. Go back to it, and look at it as it is now.")
    try:
        files.write(dump(said), request.user, exam)
    except files.Unreadable as wrong:
        return " ".join(wrong.problems)
    except files.Overtaken:
        return _("Somebody published this draft in the same moment.")
    return ""


@require_POST
@never_cache
@manager_required
def move(request: PersonRequest, pk: int, number: int, place: int) -> HttpResponse:
    """Up, down, or out."""
    exam, said, items = draft(pk, number)
    if not 1 <= place <= len(items):
        raise Http404
    item, act = items.pop(place - 1), request.POST.get("act", "")
    if act in ("up", "down"):
        items.insert(max(0, place - 2 if act == "up" else place), item)
    elif act != "remove":
        return back(pk, number)
    if problem := written(request, exam, said):
        messages.error(request, problem)
    return back(pk, number)


def back(pk: int, number: int) -> HttpResponse:
    """To the draft, with this part open."""
    return redirect(f"{reverse('exam', args=[pk])}?part={number}#part-{number}")
