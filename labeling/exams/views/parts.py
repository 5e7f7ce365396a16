"""A draft by forms: what it is as a whole, and its parts. A new one begins so, with the parts of what it is made of."""

import tomllib

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exams import drafts, files
from labeling.exams.models import Exam
from labeling.exams.part_forms import HeadForm, PartForm
from labeling.exams.toml import dump
from labeling.exams.views.drafting import back, draft, saved, seen, shift
from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.typed import whole


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest) -> HttpResponse:
    """From a template, from another exam as its next version, or from nothing."""
    before = begun_from(request)
    said = tomllib.loads(before) if before else {}
    form = HeadForm(request.POST if request.method == "POST" else None, said=said)
    if form.is_valid():
        try:
            exam = files.write(dump(form.said()), request.user)
        except files.Unreadable as wrong:
            form.add_error(None, " ".join(wrong.problems))
        except files.Overtaken:
            form.add_error("name", _("Somebody else saved an exam of this name in the same moment. Save it once more."))
        else:
            next_ = _("Look through it, then publish it.") if said.get("part") else _("Now add its first part.")
            messages.success(request, f"{_('Saved as a draft.')} {next_}")
            return redirect("exam", exam.pk)
    context = {"form": form, "parts": len(said.get("part", [])), "query": request.GET.urlencode()}
    return render(request, "exams/head.html", context, status=422 if form.errors else 200)


def begun_from(request: PersonRequest) -> str:
    named, key = request.GET.get("template", ""), whole(request.GET.get("from", ""))
    if named in files.TEMPLATES:
        return files.template(named)
    exam = Exam.objects.filter(pk=key).first() if key else None
    return exam.source if exam else ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def head(request: PersonRequest, pk: int) -> HttpResponse:
    exam, said = draft(pk)
    form = HeadForm(request.POST if request.method == "POST" else None, said=said)
    if form.is_valid() and saved(request, exam, form.said(), form):
        messages.success(request, _("Saved."))
        return redirect("exam", pk)
    context = {"exam": exam, "form": form, "seen": seen(request, exam)}
    return render(request, "exams/head.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def part(request: PersonRequest, pk: int, number: int | None = None) -> HttpResponse:
    """The part at this place, from 1 on; or a new one, after all others."""
    exam, said = draft(pk)
    parts = said["part"]
    if number is not None and not 1 <= number <= len(parts):
        raise Http404
    form = PartForm(request.POST if request.method == "POST" else None, said=parts[number - 1] if number else {})
    if form.is_valid():
        place = number or len(parts) + 1
        parts[place - 1 : place] = [form.said()]
        if saved(request, exam, said, form):
            messages.success(request, _("The part is saved."))
            return back(pk, place)
    context = {"exam": exam, "form": form, "number": number, "seen": seen(request, exam)}
    return render(request, "exams/part_edit.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@manager_required
def move(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """Up, down, or out, with all its items."""
    exam, said = draft(pk)
    if not 1 <= number <= len(said["part"]):
        raise Http404
    shift(request, exam, said, said["part"], number)
    return redirect("exam", pk)


@require_POST
@never_cache
@manager_required
def put_back(request: PersonRequest, pk: int) -> HttpResponse:
    """The part or the item that was removed last."""
    exam, _said = draft(pk)
    try:
        if drafts.put_back(exam, request.user):
            messages.success(request, _("It is back where it was."))
        else:
            messages.info(request, _("There is nothing to bring back: it is back, or the draft was changed since."))
    except drafts.NotSaved as problem:
        messages.error(request, str(problem))
    return redirect("exam", pk)
